//! AWS's protocols: what a call looks like on the wire, and what an answer says. Nothing here speaks to anybody.

use aws_sdk_cloudformation::error::ErrorMetadata;
use roxmltree::{Document, Node};
use serde_json::{Map, Value as Json};

use super::services::{Protocol, Service};

/// A request without its address and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    /// With the query string.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Where an operation of a REST protocol is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) method: &'static str,
    pub(super) path: String,
}

/// The request for an operation. Only operations of REST protocols have a `place`; a `null` input has no body.
pub(super) fn request(service: &Service, operation: &str, place: Option<&Place>, input: &Json) -> Request {
    let content = |kind: String| ("content-type", kind);
    match (&service.protocol, place) {
        (Protocol::Json { version, target }, _) => Request {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![
                content(format!("application/x-amz-json-{version}")),
                ("x-amz-target", format!("{target}.{operation}")),
            ],
            body: if input.is_null() { "{}".to_owned() } else { input.to_string() },
        },
        (Protocol::Query | Protocol::Ec2Query, _) => {
            let mut form = vec![("Action".to_owned(), operation.to_owned())];
            form.push(("Version".to_owned(), service.version.clone()));
            flatten(&mut form, "", input, service.protocol == Protocol::Query);
            let form = form.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value)));
            Request {
                method: "POST",
                path: "/".to_owned(),
                headers: vec![content("application/x-www-form-urlencoded".to_owned())],
                body: form.collect::<Vec<_>>().join("&"),
            }
        }
        (Protocol::RestJson | Protocol::RestXml, place) => {
            let (method, path) = place.map_or(("GET", "/".to_owned()), |place| (place.method, place.path.clone()));
            let bare = input.is_null();
            Request {
                method,
                path,
                headers: if bare { Vec::new() } else { vec![content("application/json".to_owned())] },
                body: if bare { String::new() } else { input.to_string() },
            }
        }
    }
}

/// The members of a form's value: `Filters.member.1.Name`.
fn flatten(form: &mut Vec<(String, String)>, name: &str, value: &Json, member: bool) {
    match value {
        Json::Null => {}
        Json::Object(map) => {
            for (key, value) in map {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(form, &name, value, member);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = index + 1;
                let name = if member { format!("{name}.member.{place}") } else { format!("{name}.{place}") };
                flatten(form, &name, item, member);
            }
        }
        Json::String(text) => form.push((name.to_owned(), text.clone())),
        scalar => form.push((name.to_owned(), scalar.to_string())),
    }
}

/// A text as part of a path or a form: all but letters, digits and `-._~` is escaped.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// What a successful answer says. XML becomes JSON: a list is an array of its items, all other values are texts.
pub(super) fn answer(service: &Service, operation: &str, body: &[u8]) -> Result<Json, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(Map::new()));
    }
    match service.protocol {
        Protocol::Json { .. } | Protocol::RestJson => {
            serde_json::from_slice(body).map_err(|error| format!("the answer is not JSON: {error}"))
        }
        Protocol::Query | Protocol::Ec2Query | Protocol::RestXml => {
            let text = std::str::from_utf8(body).map_err(|error| format!("the answer is not UTF-8: {error}"))?;
            let document = Document::parse(text).map_err(|error| format!("the answer is not XML: {error}"))?;
            let root = document.root_element();
            let wanted = format!("{operation}Result");
            let result = root.children().find(|node| node.has_tag_name(wanted.as_str()) || named(*node, &wanted));
            Ok(match value(result.unwrap_or(root)) {
                Json::String(_) => Json::Object(Map::new()),
                value => value,
            })
        }
    }
}

fn named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// An element without elements is its text. One whose elements all have the same name of a list's item is a list, and
/// so is what stands several times in the same place.
fn value(node: Node<'_, '_>) -> Json {
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    let Some(first) = children.first() else {
        return Json::String(node.text().unwrap_or_default().to_owned());
    };
    let item = first.tag_name().name();
    if matches!(item, "member" | "item") && children.iter().all(|child| named(*child, item)) {
        return children.into_iter().map(value).collect();
    }
    let mut map = Map::new();
    for child in children {
        let name = child.tag_name().name();
        let value = value(child);
        match map.get_mut(name) {
            Some(Json::Array(items)) if several(node, name) => items.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
            None if several(node, name) => drop(map.insert(name.to_owned(), Json::Array(vec![value]))),
            None => drop(map.insert(name.to_owned(), value)),
        }
    }
    Json::Object(map)
}

fn several(node: Node<'_, '_>, name: &str) -> bool {
    node.children().filter(|child| named(*child, name)).nth(1).is_some()
}

/// What an answer says that is no success. `kind` is the header `x-amzn-errortype`.
pub(super) fn refusal(service: &Service, status: u16, kind: Option<&str>, body: &[u8]) -> ErrorMetadata {
    let (code, message) = match service.protocol {
        Protocol::Json { .. } | Protocol::RestJson => refusal_in_json(kind, body),
        Protocol::Query | Protocol::Ec2Query | Protocol::RestXml => refusal_in_xml(body),
    };
    let message = message.filter(|message| !message.is_empty());
    let message = message.unwrap_or_else(|| match status {
        404 if code.is_none() => "there is nothing at this address (404)".to_owned(),
        status => format!("the service answered {status} without a message"),
    });
    let mut refusal = ErrorMetadata::builder().message(message);
    // Answers to `HEAD` have no body, and those of what stands before a service are in no shape of its.
    if let Some(code) = code.or_else(|| (status == 404 || status >= 500).then(|| status.to_string())) {
        refusal = refusal.code(code);
    }
    refusal.build()
}

/// The code of a refusal in any protocol.
pub(super) fn code(kind: Option<&str>, body: &[u8]) -> Option<String> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => refusal_in_xml(body).0,
        _ => refusal_in_json(kind, body).0,
    }
}

fn refusal_in_json(kind: Option<&str>, body: &[u8]) -> (Option<String>, Option<String>) {
    let json: Json = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: &[&str]| names.iter().find_map(|name| json[*name].as_str()).map(str::to_owned);
    let kind = kind.map(str::to_owned).or_else(|| text(&["__type", "code", "Code"]));
    // `com.amazonaws.kinesis#ResourceNotFoundException:http://…`
    let code = kind.as_deref().and_then(|kind| kind.split(':').next()?.rsplit('#').next()).map(str::to_owned);
    (code, text(&["message", "Message", "errorMessage"]))
}

fn refusal_in_xml(body: &[u8]) -> (Option<String>, Option<String>) {
    let text = String::from_utf8_lossy(body);
    let Ok(document) = Document::parse(&text) else { return (None, None) };
    let error = document.descendants().find(|node| named(*node, "Error"));
    let part = |name: &str| {
        let part = error?.children().find(|node| named(*node, name))?;
        part.text().map(|text| text.trim().to_owned())
    };
    (part("Code"), part("Message"))
}

#[cfg(test)]
mod tests;
