//! The bodies of dashboards, which are JSON in a text.

use serde_json::Value as Json;

use crate::analysis::value::{alternatives, look, text};
use crate::analysis::{Site, System};
use crate::desired::{Intrinsic, Value, ValueKind};

/// Stands in a body for what is put in at deployment, where it is a number or part of a text.
const PUT_IN: &str = "7130713";

/// The body of a dashboard.
pub(super) struct Body<'a> {
    pub value: &'a Value,
    text: String,
    /// Whether nothing is put in at deployment.
    pub is_whole: bool,
}

impl Body<'_> {
    pub fn json(&self) -> Result<Json, String> {
        serde_json::from_str(&self.text).map_err(|error| error.to_string())
    }

    fn is_object(&self) -> bool {
        self.json().is_ok_and(|json| json.is_object())
    }

    /// Whether a part of the JSON is put in at deployment, at least in part.
    pub fn is_put_in(&self, part: &str) -> bool {
        !self.is_whole && part.contains(PUT_IN)
    }
}

/// The bodies of all dashboards, as far as they can be read. Left out are those into which something may be put that
/// is JSON itself.
pub(super) fn bodies<'a>(system: &System<'a>) -> Vec<Body<'a>> {
    let of = |site: Site<'a>| {
        let body = look(&site.resource.properties, "/DashboardBody").found();
        let values = body.map(alternatives).unwrap_or_default();
        values.into_iter().filter_map(move |value| body_of(site, value))
    };
    system.of_type("AWS::CloudWatch::Dashboard").flat_map(of).collect()
}

fn body_of<'a>(site: Site<'a>, value: &'a Value) -> Option<Body<'a>> {
    let body = |text: String| {
        let is_whole = !text.contains(PUT_IN);
        Body { value, text, is_whole }
    };
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            let body = body(substituted(text)?);
            let are_plain = names.iter().all(|(_, value)| is_plain(site, value));
            // The value of a parameter may be JSON, which shows where the body is none without it.
            (body.is_object() || are_plain && !speaks_of_parameter(site, value)).then_some(body)
        }
        ValueKind::Intrinsic(Intrinsic::Call(function, argument)) if function == "Fn::Join" => {
            let ValueKind::List(parts) = &argument.kind else { return None };
            let [separator, texts] = parts.as_slice() else { return None };
            let ValueKind::List(texts) = &texts.kind else { return None };
            let words = texts.iter().map(|part| part.as_text().unwrap_or(PUT_IN)).collect::<Vec<_>>();
            let body = body(words.join(separator.as_text()?));
            (body.is_object() || texts.iter().all(|part| is_plain(site, part))).then_some(body)
        }
        ValueKind::Intrinsic(_) => None,
        _ => Some(body(text(value)?.into_owned())),
    }
}

/// The text with something in place of each `${…}`.
fn substituted(text: &str) -> Option<String> {
    let mut parts = text.split("${");
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        match name.strip_prefix('!') {
            Some(literal) => whole.extend(["${", literal, "}"]),
            None => whole.push_str(PUT_IN),
        }
        whole.push_str(rest);
    }
    Some(whole)
}

/// Whether a part is a text, or the name or an attribute of a resource or of the stack: no JSON.
fn is_plain(site: Site<'_>, part: &Value) -> bool {
    match &part.kind {
        ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => is_plain_name(site, name),
        ValueKind::Intrinsic(_) => false,
        _ => true,
    }
}

fn is_plain_name(site: Site<'_>, name: &str) -> bool {
    name.starts_with("AWS::")
        || site.stack.resources.get(name).is_some_and(|resource| resource.resource_type.starts_with("AWS::"))
}

fn speaks_of_parameter(site: Site<'_>, value: &Value) -> bool {
    let mut found = false;
    value.references(&mut |name| found |= !is_plain_name(site, name));
    found
}
