//! Which key of a thing makes which property: a table that is found by trying each key in the examples of its kind.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::outcome::{Outcome, is_same};
use super::page::{Change, Page};
use super::shape::Shape;
use super::{copy, edited};
use crate::compile::{self, Build, Input};
use crate::model::Entry;
use crate::syntax::{Node, Value as Syntax};

/// One line for each: section, key, type of resource, property. Made by trying, and held against it by the tests.
const TABLE: &str = include_str!("keys.txt");

/// A key that changes more is no key for one property.
const MOST_PROPERTIES: usize = 8;
const MOST_VALUES: usize = 14;

struct Row {
    section: &'static str,
    key: Vec<String>,
    resource_type: &'static str,
    pointer: &'static str,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut words = line.split(' ');
        Some(Row {
            section: words.next()?,
            key: words.next()?.split('.').map(str::to_owned).collect(),
            resource_type: words.next()?,
            pointer: words.next()?,
        })
    };
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
});

/// The keys of a thing that make a property, or what is around or in it.
pub fn keys_of(section: &str, resource_type: &str, pointer: &str) -> Vec<&'static [String]> {
    let wanted = general(pointer);
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let fits = |row: &&Row| {
        row.section == section
            && row.resource_type == resource_type
            && (is_within(&wanted, row.pointer) || is_within(row.pointer, &wanted))
    };
    let mut rows: Vec<&Row> = ROWS.iter().filter(fits).collect();
    rows.sort_by_key(|row| row.pointer != wanted);
    let mut keys: Vec<&'static [String]> = Vec::new();
    for row in rows {
        if !keys.contains(&row.key.as_slice()) {
            keys.push(&row.key);
        }
    }
    keys
}

/// The keys that a thing does not have, and those of what it has or may have.
pub fn unwritten(page: &Page, path: &[String], node: &Node) -> Vec<Vec<String>> {
    let mut places = vec![path.to_vec()];
    if let Syntax::Map(entries) = &node.value {
        let inner = entries.iter().filter(|entry| matches!(entry.value.value, Syntax::Map(_)));
        places.extend(inner.map(|entry| [path, std::slice::from_ref(&entry.key.text)].concat()));
    }
    let mut keys = Vec::new();
    for place in places {
        for key in Shape::at(&place).keys() {
            let own = [place.clone(), vec![key]].concat();
            if page.at(&own).is_some() || own.last().is_some_and(|key| key == "overrides" || key == "each") {
                continue;
            }
            let inner = Shape::at(&own);
            if inner.is_mapping() {
                keys.extend(inner.keys().into_iter().map(|key| [own.clone(), vec![key]].concat()));
            }
            keys.push(own);
        }
    }
    keys
}

/// The lines of the table that the things of a section in a document tell.
pub fn probe(input: &Input, section: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let build = compile::outline(input);
    let (Some(model), Some(page)) = (&build.model, Page::open(&input.file)) else { return lines };
    let before = Outcome::of(&build.desired);
    for entry in model.entries.iter().filter(|entry| entry.section == section) {
        let Some((path, node)) = page.around(&entry.name.span) else { continue };
        let mut keys = unwritten(&page, &path, node);
        written(&path, node, &mut keys);
        for key in keys {
            let found = values(&key).into_iter().find_map(|value| {
                let text = page.after(&[Change::Set(key.clone(), value)])?.file.text().to_owned();
                let after = compile::outline(&edited(&copy(input), input.file.path(), text));
                let changed = (!after.has_errors()).then(|| changed(&build, entry, &before, &after))?;
                (!changed.is_empty() && changed.len() <= MOST_PROPERTIES).then_some(changed)
            });
            let key = key[path.len()..].join(".");
            lines.extend(found.into_iter().flatten().map(|property| format!("{section} {key} {property}")));
        }
    }
    lines
}

fn written(path: &[String], node: &Node, keys: &mut Vec<Vec<String>>) {
    let Syntax::Map(entries) = &node.value else { return };
    for entry in entries.iter().filter(|entry| entry.key.text != "overrides") {
        let own = [path, std::slice::from_ref(&entry.key.text)].concat();
        match &entry.value.value {
            Syntax::Map(_) if own.len() < 4 => written(&own, &entry.value, keys),
            Syntax::Scalar(_) => keys.push(own),
            _ => {}
        }
    }
}

/// Types and properties of the resources of a thing that differ.
fn changed(build: &Build, entry: &Entry, before: &Outcome, after: &Build) -> BTreeSet<String> {
    let after = Outcome::of(&after.desired);
    let thing = entry.path();
    let mut found = BTreeSet::new();
    for stack in &build.desired.stacks {
        let Some(deployment) = stack.deployments.first() else { continue };
        for (id, resource) in stack.resources.iter().filter(|(_, resource)| resource.thing == thing) {
            let properties =
                (before.properties(&deployment.stack_name, id), after.properties(&deployment.stack_name, id));
            if let (Some(then), Some(now)) = properties {
                let mut pointers = BTreeSet::new();
                differences(then, now, "", &mut pointers);
                found.extend(pointers.into_iter().map(|pointer| format!("{} {pointer}", resource.resource_type)));
            }
        }
    }
    found
}

fn differences(one: &Json, other: &Json, pointer: &str, found: &mut BTreeSet<String>) {
    if is_same(one, other) {
        return;
    }
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => {
            for key in one.keys().chain(other.keys()) {
                let (one, other) = (one.get(key).unwrap_or(&Json::Null), other.get(key).unwrap_or(&Json::Null));
                differences(one, other, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {
            // Of what only AWS knows there is no property below.
            let property = pointer.split("/Asked").next().unwrap_or(pointer);
            found.insert(general(property));
        }
    }
}

/// With `#` for the places of items.
fn general(pointer: &str) -> String {
    let step = |step: &str| match step.parse::<usize>() {
        Ok(_) => "#".to_owned(),
        Err(_) => step.replace(' ', "%20"),
    };
    pointer.split('/').map(step).collect::<Vec<_>>().join("/")
}

/// Values that may stand at some keys.
fn values(path: &[String]) -> Vec<Json> {
    let shape = Shape::at(path);
    let mut values = shape.examples();
    values.extend(shape.words().into_iter().take(4).map(Json::from));
    if shape.is_of("boolean") {
        values.extend([json!(true), json!(false)]);
    }
    if shape.is_of("integer") || shape.is_of("number") {
        values.extend([2, 5, 60, 300].map(Json::from));
    }
    if shape.is_of("string") {
        values.extend(["90s", "10m", "2h", "3d", "64MiB", "512MiB", "2GiB", "by hand"].map(Json::from));
    }
    values.truncate(MOST_VALUES);
    values
}
