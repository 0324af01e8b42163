//! Values of a template whose intrinsics are resolved, as far as they are known.

use serde_json::{Map, Value as Json};

use crate::desired::Origin;

/// A resource of a deployed template with its values resolved.
#[derive(Clone, Debug)]
pub struct ResolvedResource {
    pub logical_id: String,
    pub resource_type: String,
    /// The authored thing it belongs to.
    pub thing: String,
    /// `None`: the stack has no such resource.
    pub physical_id: Option<String>,
    pub properties: Resolved,
    pub origin: Origin,
}

/// A value whose intrinsics are resolved, and why it is there.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub kind: ResolvedKind,
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub enum ResolvedKind {
    /// Text, number or boolean.
    Scalar(Json),
    List(Vec<Resolved>),
    Map(Vec<(String, Resolved)>),
    /// A clause that says why the value is not known.
    Unknown(String),
}

impl Resolved {
    /// `None` when any part is unknown.
    pub fn to_json(&self) -> Option<Json> {
        match &self.kind {
            ResolvedKind::Scalar(value) => Some(value.clone()),
            ResolvedKind::List(items) => {
                items.iter().map(Resolved::to_json).collect::<Option<Vec<_>>>().map(Json::from)
            }
            ResolvedKind::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| Some((key.clone(), value.to_json()?)));
                entries.collect::<Option<Map<_, _>>>().map(Json::from)
            }
            ResolvedKind::Unknown(_) => None,
        }
    }

    /// Without the unknown parts.
    pub fn known_json(&self) -> Json {
        match &self.kind {
            ResolvedKind::Scalar(value) => value.clone(),
            ResolvedKind::List(items) => items.iter().map(Resolved::known_json).collect(),
            ResolvedKind::Map(entries) => {
                let known = entries.iter().filter(|(_, value)| !matches!(value.kind, ResolvedKind::Unknown(_)));
                known.map(|(key, value)| (key.clone(), value.known_json())).collect::<Map<_, _>>().into()
            }
            ResolvedKind::Unknown(_) => Json::Null,
        }
    }

    /// Takes the origins of the same places of `authored`.
    pub(super) fn trace(&mut self, authored: &Resolved) {
        self.origin = authored.origin.clone();
        match (&mut self.kind, &authored.kind) {
            (ResolvedKind::List(items), ResolvedKind::List(others)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    match others.get(index) {
                        Some(other) => item.trace(other),
                        None => item.trace_to(&authored.origin),
                    }
                }
            }
            (ResolvedKind::Map(entries), ResolvedKind::Map(_)) => {
                for (key, value) in entries {
                    match authored.get(key) {
                        Some(other) => value.trace(other),
                        None => value.trace_to(&authored.origin),
                    }
                }
            }
            _ => self.trace_to(&authored.origin),
        }
    }

    /// Takes one origin for all of it.
    pub(super) fn trace_to(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.kind {
            ResolvedKind::List(items) => items.iter_mut().for_each(|item| item.trace_to(origin)),
            ResolvedKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| value.trace_to(origin)),
            ResolvedKind::Scalar(_) | ResolvedKind::Unknown(_) => {}
        }
    }

    pub fn get(&self, key: &str) -> Option<&Resolved> {
        match &self.kind {
            ResolvedKind::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// All of it is known but texts with a dynamic reference, wherever the text comes from.
pub(super) fn known(json: &Json, origin: &Origin) -> Resolved {
    let kind = match json {
        Json::String(text) if text.contains(DYNAMIC) => ResolvedKind::Unknown(unresolved(text)),
        Json::Array(items) => ResolvedKind::List(items.iter().map(|item| known(item, origin)).collect()),
        Json::Object(map) => {
            ResolvedKind::Map(map.iter().map(|(key, value)| (key.clone(), known(value, origin))).collect())
        }
        scalar => ResolvedKind::Scalar(scalar.clone()),
    };
    Resolved { kind, origin: origin.clone() }
}

/// How a dynamic reference begins: CloudFormation puts a value there when it deploys.
const DYNAMIC: &str = "{{resolve:";

/// Why the value of a text with a dynamic reference is not known. A parameter may have been changed since: what it is now
/// says nothing about what was deployed. CloudFormation user guide, "Get values stored in other services using dynamic
/// references". Read 2026-11-21.
fn unresolved(text: &str) -> String {
    let found = text.find(DYNAMIC).map_or(text, |at| &text[at..]);
    let reference = found.find("}}").map_or(found, |end| &found[..end + 2]);
    match reference[DYNAMIC.len()..].split(':').next() {
        Some("ssm") => {
            format!("CloudFormation read `{reference}` when it deployed, and the parameter may be another now")
        }
        Some("ssm-secure" | "secretsmanager") => format!("`{reference}` is a secret, which is not read here"),
        _ => format!("CloudFormation resolves `{reference}` when it deploys"),
    }
}

pub(super) fn first_reason(resolved: &Resolved) -> String {
    let below =
        |values: &mut dyn Iterator<Item = &Resolved>| values.map(first_reason).find(|reason| !reason.is_empty());
    match &resolved.kind {
        ResolvedKind::Unknown(reason) => reason.clone(),
        ResolvedKind::List(items) => below(&mut items.iter()).unwrap_or_default(),
        ResolvedKind::Map(entries) => below(&mut entries.iter().map(|(_, value)| value)).unwrap_or_default(),
        ResolvedKind::Scalar(_) => String::new(),
    }
}
