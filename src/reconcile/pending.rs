//! Between templates: what the document asks for and what is generated, and what is generated and what is deployed.
//!
//! Both come from the same compiler, so what is spelt differently is different; nothing is guessed about meaning.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::class::Class;
use super::compare::deepest;
use super::drift::{Difference, escape};
use super::resolve::Context;
use super::resolved::{Resolved, ResolvedResource};
use super::substitute;
use crate::desired::{Origin, Resource, Value, ValueKind};

/// What a resource is in one template, with what is known about its values there.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) resource: &'a Resource,
}

impl<'a> Side<'a> {
    /// `None`: the template has no such resource, or its condition does not hold.
    pub(super) fn of(context: &'a Context<'a>, id: &str) -> Option<Self> {
        let resource = context.present().find(|(present, _)| *present == id)?.1;
        Some(Self { context, resource })
    }
}

/// A difference between two templates, with the line that asks.
pub(super) struct Between {
    found: Found,
    origin: Origin,
}

struct Found {
    pointer: String,
    path: String,
    wanted: Option<Json>,
    there: Option<Json>,
}

/// How the resource that is wanted differs from the one that is there; the lines are those of `authored`, or `fallback`
/// where it says nothing.
pub(super) fn between(
    wanted: Option<Side<'_>>,
    there: Option<Side<'_>>,
    authored: Option<&ResolvedResource>,
    fallback: &Origin,
) -> Vec<Between> {
    let found = match (wanted, there) {
        (Some(wanted), Some(there)) => resources(wanted, there),
        (None, None) => Vec::new(),
        (wanted, there) => {
            let what = |side: Option<Side<'_>>| side.map(|side| Json::from(side.resource.resource_type.as_str()));
            let (wanted, there) = (what(wanted), what(there));
            vec![Found { pointer: String::new(), path: "the resource".to_owned(), wanted, there }]
        }
    };
    let differences = found.into_iter().map(|found| {
        let parts: Vec<&str> = found.pointer.split('/').skip(1).collect();
        let origin = match authored {
            Some(authored) if parts.is_empty() => &authored.origin,
            Some(authored) => &deepest(&authored.properties, &parts).origin,
            None => fallback,
        };
        Between { found, origin: origin.clone() }
    });
    differences.collect()
}

impl Between {
    pub(super) fn of(self, class: Class) -> Difference {
        let Self { found: Found { pointer, path, wanted, there }, origin } = self;
        Difference { pointer, path, wanted, live: there, accepted: None, origin, class }
    }
}

fn resources(wanted: Side<'_>, there: Side<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let policy = |policy: Option<&'static str>| policy.map(str::to_owned);
    let (left, right) = (wanted.resource, there.resource);
    for (name, wanted, there) in [
        ("Type", Some(left.resource_type.clone()), Some(right.resource_type.clone())),
        ("Condition", left.condition.clone(), right.condition.clone()),
        ("DeletionPolicy", policy(left.deletion_policy), policy(right.deletion_policy)),
        ("UpdateReplacePolicy", policy(left.update_replace_policy), policy(right.update_replace_policy)),
    ] {
        if wanted != there {
            let (wanted, there) = (wanted.map(Json::from), there.map(Json::from));
            found.push(Found { pointer: String::new(), path: name.to_owned(), wanted, there });
        }
    }
    let walk = Walk { wanted: wanted.context, there: there.context };
    walk.maps("", "", &left.properties, &right.properties, &mut found);
    found
}

/// Two templates, walked side by side.
struct Walk<'a> {
    wanted: &'a Context<'a>,
    there: &'a Context<'a>,
}

impl Walk<'_> {
    fn values(&self, pointer: &str, path: &str, wanted: &Value, there: &Value, found: &mut Vec<Found>) {
        match (&wanted.kind, &there.kind) {
            (ValueKind::Map(_), ValueKind::Map(_)) => return self.maps(pointer, path, wanted, there, found),
            (ValueKind::List(left), ValueKind::List(right)) if left.len() == right.len() => {
                for (index, (wanted, there)) in left.iter().zip(right).enumerate() {
                    self.values(&format!("{pointer}/{index}"), &format!("{path}[{index}]"), wanted, there, found);
                }
                return;
            }
            _ => {}
        }
        let (left, right) = (self.wanted.value(wanted), self.there.value(there));
        // What only one of the templates knows is compared as it is spelt.
        let is_known = |resolved: &Option<Resolved>| resolved.as_ref().is_none_or(|it| it.to_json().is_some());
        let known = is_known(&left) && is_known(&right);
        let shown = |resolved: Option<Resolved>, value: &Value| {
            resolved.map(|resolved| resolved.to_json().filter(|_| known).unwrap_or_else(|| value.to_json()))
        };
        let (left, right) = (shown(left, wanted), shown(right, there));
        if !same(left.as_ref(), right.as_ref()) {
            found.push(Found { pointer: pointer.to_owned(), path: path.to_owned(), wanted: left, there: right });
        }
    }

    fn maps(&self, pointer: &str, path: &str, wanted: &Value, there: &Value, found: &mut Vec<Found>) {
        let (left, right) = (entries(wanted), entries(there));
        let below = |key: &str| {
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            (format!("{pointer}/{}", escape(key)), path)
        };
        for (key, wanted) in &left {
            let (pointer, path) = below(key);
            match right.get(key) {
                Some(there) => self.values(&pointer, &path, wanted, there, found),
                None => self.one_sided(pointer, path, Some(wanted), None, found),
            }
        }
        for (key, there) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
            let (pointer, path) = below(key);
            self.one_sided(pointer, path, None, Some(there), found);
        }
    }

    fn one_sided(
        &self,
        pointer: String,
        path: String,
        wanted: Option<&Value>,
        there: Option<&Value>,
        found: &mut Vec<Found>,
    ) {
        let shown = |context: &Context<'_>, value: &Value| {
            let resolved = context.value(value)?;
            Some(resolved.to_json().unwrap_or_else(|| value.to_json()))
        };
        let wanted = wanted.and_then(|value| shown(self.wanted, value));
        let there = there.and_then(|value| shown(self.there, value));
        if wanted.is_some() || there.is_some() {
            found.push(Found { pointer, path, wanted, there });
        }
    }
}

fn entries(value: &Value) -> IndexMap<&str, &Value> {
    match &value.kind {
        ValueKind::Map(entries) => entries.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        _ => IndexMap::new(),
    }
}

/// CloudFormation reads numbers and booleans that are written as texts.
fn same(wanted: Option<&Json>, there: Option<&Json>) -> bool {
    match (wanted, there) {
        (Some(Json::Array(wanted)), Some(Json::Array(there))) => {
            wanted.len() == there.len()
                && wanted.iter().zip(there).all(|(wanted, there)| same(Some(wanted), Some(there)))
        }
        (Some(Json::Object(wanted)), Some(Json::Object(there))) => {
            wanted.len() == there.len() && wanted.iter().all(|(key, wanted)| same(Some(wanted), there.get(key)))
        }
        (Some(wanted), Some(there)) => wanted == there || substitute::text(wanted) == substitute::text(there),
        (wanted, there) => wanted == there,
    }
}

#[cfg(test)]
mod tests;
