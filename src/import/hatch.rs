//! What no key says: `overrides` on things, and raw resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::place::Place;
use super::shape::Form;
use super::trial::{Bench, Tried, own_id};
use super::{ENVIRONMENT, spell};
use crate::desired::{Resource, Stack};
use crate::model::pascal;

const OVERRIDES: &str = "overrides";
const RAW: &str = "resources";

/// Writes what is left over, as far as a document can say it, and gives the logical ids of the raw resources.
pub(super) fn write(
    bench: &Bench,
    document: &mut Json,
    stacks: &[Stack],
    names: &BTreeMap<String, String>,
    in_delivery: &BTreeSet<String>,
) -> BTreeSet<String> {
    let made = bench.compile(document);
    let all = || stacks.iter().flat_map(|stack| stack.resources.iter().map(move |(id, it)| (stack, id, it)));
    for (_, id, resource) in all() {
        let new_id = names.get(id).unwrap_or(id);
        // What a thing derives from its wiring is its own business where the template named it otherwise.
        let is_own = new_id == id || made.things.get(new_id).is_some_and(|thing| own_id(thing) == *new_id);
        if is_own {
            let wanted = spelled(&resource.properties.to_json(), document, names);
            override_one(bench, document, &made, new_id, &wanted);
        }
    }
    let mut kept = BTreeSet::new();
    let mut before = usize::MAX;
    // One may name another that comes later.
    while before != kept.len() {
        before = kept.len();
        keep(bench, document, stacks, names, in_delivery, &mut kept);
    }
    kept
}

/// Keeps each resource that nothing makes as it is, if the document is as right as before with it.
fn keep(
    bench: &Bench,
    document: &mut Json,
    stacks: &[Stack],
    names: &BTreeMap<String, String>,
    in_delivery: &BTreeSet<String>,
    kept: &mut BTreeSet<String>,
) {
    let made = bench.compile(document);
    let all = stacks.iter().flat_map(|stack| stack.resources.iter().map(move |(id, it)| (stack, id, it)));
    for (stack, id, resource) in all {
        let new_id = names.get(id).unwrap_or(id);
        if made.resources.contains_key(new_id) || kept.contains(new_id) {
            continue;
        }
        let mut tried = document.clone();
        // It keeps its own name.
        let raw = raw(resource, document, names, in_delivery.contains(id) || is_delivery(stack, &made, names));
        Place::of(&[RAW, new_id]).set(&mut tried, raw);
        if bench.compile(&tried).problems <= bench.compile(document).problems {
            *document = tried;
            kept.insert(new_id.clone());
        }
    }
}

/// Whether most of what a template holds is in no environment's stack.
fn is_delivery(stack: &Stack, made: &Tried, names: &BTreeMap<String, String>) -> bool {
    let known = stack.resources.keys().filter_map(|id| made.properties.get(names.get(id).unwrap_or(id)));
    let (application, others): (Vec<_>, Vec<_>) = known.partition(|(_, is_application)| *is_application);
    others.len() > application.len()
}

fn override_one(bench: &Bench, document: &mut Json, made: &Tried, id: &str, wanted: &Json) {
    let (Some((own, _)), Some(thing)) = (made.properties.get(id), made.things.get(id)) else { return };
    let Some(Json::Object(change)) = change(own, wanted, false) else { return };
    let place = match thing.split_once('.') {
        Some((section, name)) if *id == own_id(thing) => Place::of(&[section, name, OVERRIDES]),
        Some((section, name)) => Place::of(&[section, name, OVERRIDES, id]),
        None => Place::of(&[OVERRIDES, id]),
    };
    let is_listed =
        |document: &Json| thing.split_once('.').is_some_and(|(section, name)| document[section][name].is_array());
    // One property that cannot be overridden must not keep the others from it.
    for (property, value) in change {
        let mut tried = document.clone();
        if is_listed(&tried) {
            lengthen(bench, &mut tried, thing);
        }
        place.key(&property).set(&mut tried, value);
        let (before, after) = (bench.compile(document), bench.compile(&tried));
        let nearer = |tried: &Tried| {
            let wanted = bench.target.resources.get(id);
            let made = tried.resources.get(id);
            wanted.zip(made).map_or(f64::MAX, |(wanted, made)| super::trial::distance(wanted, made))
        };
        if after.problems <= before.problems && nearer(&after) < nearer(&before) {
            *document = tried;
        }
    }
}

/// A thing that is no more than a list has no place for overrides: its longer form has.
fn lengthen(bench: &Bench, document: &mut Json, thing: &str) {
    let Some((section, name)) = thing.split_once('.') else { return };
    let Some(schema) = bench.schema.thing(section) else { return };
    let forms = bench.schema.forms(schema);
    let key = forms.iter().find_map(|form| match form {
        Form::Record(record) => record["required"][0].as_str(),
        _ => None,
    });
    if let Some(key) = key {
        let list = document[section][name].take();
        document[section][name] = json!({ key: list });
    }
}

/// What has to be written to make one value the other. Properties that the template does not mention stay; inside of those
/// that it does, nothing is more than it says.
fn change(own: &Json, wanted: &Json, is_property: bool) -> Option<Json> {
    match (own, wanted) {
        (own, wanted) if own == wanted => None,
        (Json::Object(own), Json::Object(wanted)) if !is_function(own) && !is_function(wanted) => {
            let entries = wanted.iter().filter_map(|(key, value)| {
                let changed = match own.get(key) {
                    Some(own) => change(own, value, true)?,
                    None => value.clone(),
                };
                Some((key.clone(), changed))
            });
            let mut entries: Map<String, Json> = entries.collect();
            let more = own.keys().filter(|key| is_property && !wanted.contains_key(*key));
            entries.extend(more.map(|key| (key.clone(), Json::Null)));
            (!entries.is_empty()).then_some(Json::Object(entries))
        }
        _ => Some(wanted.clone()),
    }
}

fn is_function(map: &Map<String, Json>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn raw(resource: &Resource, document: &Json, names: &BTreeMap<String, String>, is_delivery: bool) -> Json {
    let mut raw = json!({ "Type": resource.resource_type });
    let properties = spelled(&resource.properties.to_json(), document, names);
    if properties.as_object().is_some_and(|map| !map.is_empty()) {
        raw["Properties"] = properties;
    }
    if !resource.depends_on.is_empty() {
        let ids = resource.depends_on.iter().map(|id| names.get(id).unwrap_or(id).clone());
        raw["DependsOn"] = ids.collect::<Vec<_>>().into();
    }
    for (key, policy) in
        [("DeletionPolicy", resource.deletion_policy), ("UpdateReplacePolicy", resource.update_replace_policy)]
    {
        if let Some(policy) = policy {
            raw[key] = json!(policy);
        }
    }
    if is_delivery {
        raw["stack"] = json!("delivery");
    }
    raw
}

/// A value of a template as it stands in a document: parameters are params, and resources have their new names.
fn spelled(value: &Json, document: &Json, names: &BTreeMap<String, String>) -> Json {
    let below = |value: &Json| spelled(value, document, names);
    match value {
        Json::Object(map) => {
            if let Some(Json::String(name)) = map.get("Ref").filter(|_| map.len() == 1) {
                return match expression(name, document) {
                    Some(expression) => json!(expression),
                    None => json!({ "Ref": names.get(name).unwrap_or(name) }),
                };
            }
            if let Some(Json::Array(parts)) = map.get("Fn::GetAtt").filter(|_| map.len() == 1)
                && let [Json::String(id), attribute] = parts.as_slice()
            {
                return json!({ "Fn::GetAtt": [names.get(id).unwrap_or(id), attribute] });
            }
            if let Some(Json::String(text)) = map.get("Fn::Sub").filter(|_| map.len() == 1) {
                let text = substituted(text, document, names);
                return match text.replace("${{", "").contains("${") {
                    true => json!({ "Fn::Sub": text }),
                    false => json!(text),
                };
            }
            map.iter().map(|(key, value)| (key.clone(), below(value))).collect::<Map<_, _>>().into()
        }
        Json::Array(items) => items.iter().map(below).collect(),
        other => other.clone(),
    }
}

/// The expression that stands for a parameter of a template.
fn expression(name: &str, document: &Json) -> Option<String> {
    if name == ENVIRONMENT {
        return Some("${{ env.name }}".to_owned());
    }
    let param = spell::kebab(name);
    let is_known = pascal(&param) == name && document["params"].get(&param).is_some();
    is_known.then(|| format!("${{{{ params.{param} }}}}"))
}

fn substituted(text: &str, document: &Json, names: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((inside, rest)) = part.split_once('}') else {
            out.extend(["${", part]);
            continue;
        };
        let (id, attribute) = inside.split_once('.').map_or((inside, ""), |(id, attribute)| (id, attribute));
        match expression(inside, document) {
            Some(expression) => out.push_str(&expression),
            None if attribute.is_empty() => {
                out.push_str(&format!("${{{}}}", names.get(id).map_or(id, String::as_str)));
            }
            None => out.push_str(&format!("${{{}.{attribute}}}", names.get(id).map_or(id, String::as_str))),
        }
        out.push_str(rest);
    }
    out
}
