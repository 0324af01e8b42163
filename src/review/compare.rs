//! Two states of a resource's properties, value by value.

use serde_json::Value as Json;

use super::Changed;
use crate::desired::Origin;
use crate::facts::resources;
use crate::reconcile::{Resolved, ResolvedKind};

/// The whole value as JSON; where only CloudFormation knows a part, the reason stands in its place.
pub(super) fn marked(value: &Resolved) -> Json {
    match &value.kind {
        ResolvedKind::Scalar(scalar) => scalar.clone(),
        ResolvedKind::List(items) => items.iter().map(marked).collect(),
        ResolvedKind::Map(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), marked(value))).collect::<serde_json::Map<_, _>>().into()
        }
        ResolvedKind::Unknown(reason) => Json::from(format!("({reason})")),
    }
}

/// Whether a part of the value is a name or attribute of a resource that is not there yet.
pub(super) fn speaks_of_new(value: &Resolved) -> bool {
    match &value.kind {
        ResolvedKind::Scalar(_) => false,
        ResolvedKind::List(items) => items.iter().any(speaks_of_new),
        ResolvedKind::Map(entries) => entries.iter().any(|(_, value)| speaks_of_new(value)),
        ResolvedKind::Unknown(reason) => reason.ends_with("is not deployed"),
    }
}

/// The properties that differ, each as deep as both sides have it; a list is one value.
pub(super) fn changes(before: &Resolved, after: &Resolved, unordered: &[String]) -> Vec<Changed> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), unordered, &after.origin, &mut found);
    found
}

fn compare(
    pointer: &str,
    before: Option<&Resolved>,
    after: Option<&Resolved>,
    unordered: &[String],
    near: &Origin,
    found: &mut Vec<Changed>,
) {
    if let (Some(ResolvedKind::Map(old)), Some(ResolvedKind::Map(new))) =
        (before.map(|it| &it.kind), after.map(|it| &it.kind))
    {
        let keys = new.iter().chain(old.iter().filter(|(key, _)| new.iter().all(|(other, _)| other != key)));
        for (key, _) in keys {
            let of = |entries: &'_ [(String, Resolved)]| entries.iter().position(|(other, _)| other == key);
            let (was, is) = (of(old).map(|at| &old[at].1), of(new).map(|at| &new[at].1));
            let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            let near = is.map_or(near, |value| &value.origin);
            compare(&pointer, was, is, unordered, near, found);
        }
        return;
    }
    let (was, is) = (before.map(marked), after.map(marked));
    let set = unordered.iter().any(|set| resources::covers(std::slice::from_ref(set), pointer));
    if was.as_ref().map(|it| canonical(it, set)) == is.as_ref().map(|it| canonical(it, set)) {
        return;
    }
    let certain = [before, after].into_iter().flatten().all(|value| value.to_json().is_some());
    found.push(Changed {
        pointer: pointer.to_owned(),
        before: was,
        after: is,
        certain,
        origin: Some(after.map_or(near, |value| &value.origin).clone()),
    });
}

/// Equal for values that mean the same in a template: scalars are texts, keys have no order, and items of a set neither.
fn canonical(value: &Json, set: bool) -> Json {
    match value {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(|item| canonical(item, false)).collect();
            if set {
                items.sort_by_key(Json::to_string);
            }
            items.into()
        }
        Json::Object(map) => {
            let mut entries: Vec<(&String, Json)> =
                map.iter().map(|(key, value)| (key, canonical(value, false))).collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), value)).collect::<serde_json::Map<_, _>>().into()
        }
        Json::String(text) => Json::from(text.clone()),
        scalar => Json::from(scalar.to_string()),
    }
}
