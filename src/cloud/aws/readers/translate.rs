//! An answer in CloudFormation's words, led by the registry's schema.
//!
//! Services and CloudFormation call most things alike, but for upper and lower case. So each property of the schema
//! looks for its member in the answer, and what the schema does not know is left out. Where the names differ, a row
//! says so.

use serde_json::{Map, Value as Json, json};

use crate::facts::schema::{self, Schema, Shape};

/// How the answers about one resource type are read.
pub(super) struct Translation<'r> {
    schema: Option<&'static Schema>,
    renames: &'r [(String, String)],
}

impl<'r> Translation<'r> {
    /// `renames`: the place of a property, as a pointer with `*` for any one part or only its name, and where the
    /// answer has it, as a member or as a pointer from the map in which the property is looked for.
    pub(super) fn new(resource_type: &str, renames: &'r [(String, String)]) -> Self {
        Self { schema: schema::get(resource_type), renames }
    }

    /// All properties that the answer knows.
    pub(super) fn properties(&self, answer: &Json) -> Map<String, Json> {
        match self.at("", answer) {
            Some(Json::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// What is to stand at a place below the properties.
    pub(super) fn at(&self, pointer: &str, answer: &Json) -> Option<Json> {
        let schema = self.schema?;
        self.value(schema, schema.at(pointer)?, pointer, answer)
    }

    fn value(&self, schema: &Schema, shape: &Shape, pointer: &str, answer: &Json) -> Option<Json> {
        if answer.is_null() {
            return None;
        }
        if let Some(items) = shape.items {
            let item = schema.shape(items);
            let pairs = item.property("Key").is_some() && item.property("Value").is_some();
            let list = match answer {
                Json::Object(map) if pairs && !map.contains_key("Key") && !map.contains_key("key") => {
                    map.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
                }
                answer => list(answer),
            };
            let place = format!("{pointer}/*");
            return Some(list.iter().filter_map(|answer| self.value(schema, item, &place, answer)).collect());
        }
        if shape.names().next().is_some() {
            let answer = if answer.is_object() { answer.clone() } else { parsed(answer)? };
            let found = shape.names().filter_map(|name| {
                let place = format!("{pointer}/{name}");
                let below = schema.shape(shape.property(name)?);
                let value = self.value(schema, below, &place, self.member(&place, name, &answer)?)?;
                Some((name.to_owned(), value))
            });
            return Some(found.collect::<Map<_, _>>().into());
        }
        if let (Some((_, below)), Json::Object(map)) = (shape.keys.first(), answer) {
            let entries = map.iter().filter_map(|(key, value)| {
                Some((key.clone(), self.value(schema, schema.shape(*below), &format!("{pointer}/*"), value)?))
            });
            return Some(entries.collect::<Map<_, _>>().into());
        }
        if shape.types.map && answer.is_array() {
            return Some(map_of_pairs(answer));
        }
        if shape.types.map && answer.is_string() {
            return Some(parsed(answer).unwrap_or_else(|| answer.clone()));
        }
        Some(scalar(shape, answer))
    }

    fn member<'a>(&self, place: &str, name: &str, answer: &'a Json) -> Option<&'a Json> {
        let renamed = |(from, _): &&(String, String)| from == name || (from.starts_with('/') && matches(from, place));
        // A rename of one place is stronger than one of a name.
        let best = self.renames.iter().filter(renamed).max_by_key(|(from, _)| from.starts_with('/'));
        if let Some((_, to)) = best {
            return if to.is_empty() || to.starts_with('/') { answer.pointer(to) } else { answer.get(to) };
        }
        answer.get(name).or_else(|| {
            let mut members = answer.as_object()?.iter();
            members.find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    }
}

fn matches(pattern: &str, pointer: &str) -> bool {
    let (pattern, pointer): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), pointer.split('/').collect());
    pattern.len() == pointer.len() && pattern.iter().zip(&pointer).all(|(want, part)| *want == "*" || want == part)
}

/// The items of a list. In XML, lists are elements around items.
pub(super) fn list(answer: &Json) -> Vec<Json> {
    match answer {
        Json::Array(items) => items.clone(),
        Json::Null => Vec::new(),
        Json::String(text) if text.trim().is_empty() => Vec::new(),
        Json::Object(map) if map.len() == 1 && (map.contains_key("item") || map.contains_key("member")) => {
            map.values().flat_map(list).collect()
        }
        Json::Object(map) if map.is_empty() => Vec::new(),
        one => vec![one.clone()],
    }
}

/// `[{"Key": "a", "Value": "b"}]` → `{"a": "b"}`
fn map_of_pairs(list: &Json) -> Json {
    let pairs = list.as_array().into_iter().flatten();
    let part = |pair: &Json, name: &str| pair.get(name).or_else(|| pair.get(name.to_lowercase())).cloned();
    let pairs = pairs.filter_map(|pair| Some((part(pair, "Key")?.as_str()?.to_owned(), part(pair, "Value")?)));
    pairs.collect::<Map<_, _>>().into()
}

/// A map that a service gives as text; IAM escapes it as in addresses.
fn parsed(answer: &Json) -> Option<Json> {
    let text = answer.as_str()?;
    let text = if text.starts_with("%7B") { unescaped(text)? } else { text.to_owned() };
    let parsed: Json = serde_json::from_str(&text).ok()?;
    parsed.is_object().then_some(parsed)
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Texts of XML as what the schema asks for; `2.0` as `2`.
fn scalar(shape: &Shape, answer: &Json) -> Json {
    match answer {
        Json::String(text) if shape.types.boolean && !shape.types.text => match text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            _ => answer.clone(),
        },
        Json::String(text) if (shape.types.integer || shape.types.number) && !shape.types.text => {
            text.parse::<f64>().map_or_else(|_| answer.clone(), number)
        }
        Json::Number(value) => value.as_f64().filter(|_| value.is_f64()).map_or_else(|| answer.clone(), number),
        Json::Object(map) => {
            let known = map.iter().filter(|(_, value)| !value.is_null());
            known.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn number(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_leads() {
        let renames = [("/ServerSideEncryption".to_owned(), "x".to_owned())];
        let translation = Translation::new("AWS::SQS::Queue", &renames);
        let answer = json!({
            "queueName": "q", "VisibilityTimeout": "30", "FifoQueue": "true", "Unknown": 1, "DelaySeconds": 2.0,
            "RedrivePolicy": "{\"maxReceiveCount\":3}", "Tags": { "team": "data" },
        });
        assert_eq!(
            Json::from(translation.properties(&answer)),
            json!({
                "DelaySeconds": 2, "FifoQueue": true, "QueueName": "q", "RedrivePolicy": { "maxReceiveCount": 3 },
                "Tags": [{ "Key": "team", "Value": "data" }], "VisibilityTimeout": 30,
            })
        );
    }

    #[test]
    fn lists_of_xml_lose_their_wrapping() {
        assert_eq!(list(&json!({ "member": ["a", "b"] })), [json!("a"), json!("b")]);
        assert_eq!(list(&json!({ "item": "a" })), [json!("a")]);
        assert_eq!(list(&json!("")), [] as [Json; 0]);
        assert_eq!(list(&json!({ "a": 1 })), [json!({ "a": 1 })]);
    }

    #[test]
    fn a_place_is_stronger_than_a_name() {
        let renames = [("Description".to_owned(), "far".to_owned()), ("/Description".to_owned(), "/near/x".to_owned())];
        let translation = Translation::new("AWS::Glue::Job", &renames);
        let answer = json!({ "near": { "x": "right" }, "far": "wrong" });
        assert_eq!(translation.at("/Description", &json!("text")), Some(json!("text")));
        assert_eq!(Json::from(translation.properties(&answer)), json!({ "Description": "right" }));
    }

    #[test]
    fn escaped_documents_are_read() {
        assert_eq!(parsed(&json!("%7B%22a%22%3A%22%E6%97%A5%22%7D")), Some(json!({ "a": "日" })));
        assert_eq!(parsed(&json!("%7B%2")), None);
        assert_eq!(parsed(&json!("[1]")), None);
    }

    #[test]
    fn an_unknown_type_has_no_words() {
        assert_eq!(Translation::new("AWS::No::Such", &[]).at("", &json!({})), None);
    }
}
