//! What is learned by trying: which key of a document makes which property, and how it is spelled there.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::leaves::Leaves;
use super::spell;
use super::trial::{Told, Tried, more};
use crate::model::pascal;

/// Where the value of a key stands in resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    resource_type: String,
    /// Names that are keys of the document stand as [`mark`]s.
    pointer: String,
    /// What stands around the value there.
    before: String,
    after: String,
    /// Whether the value is seen in the text, or only changes it.
    is_text: bool,
    /// It is seen as it stands in logical ids.
    is_pascal: bool,
}

/// By the way to a key, without names and places in lists.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) values: BTreeMap<String, Vec<Touch>>,
    pub(super) names: BTreeMap<String, Vec<Touch>>,
    /// The properties that change in any way when a key is written.
    pub(super) keys: BTreeMap<String, BTreeSet<(String, String)>>,
}

impl Touch {
    /// The text that the key has to have for a value to be what is told; `None` when the key does not make it.
    pub(super) fn inverse(&self, told: &Told, names: &[String]) -> Option<String> {
        let (resource_type, pointer, text) = told;
        if *resource_type != self.resource_type || *pointer != filled(&self.pointer, names) {
            return None;
        }
        let inside = text.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        Some(if self.is_pascal { spell::kebab(inside) } else { inside.to_owned() })
    }

    /// The name that stands in the pointer where the probe's did.
    pub(super) fn name_of<'t>(&self, told: &'t Told, names: &[String], probe: &str) -> Option<&'t str> {
        let (resource_type, pointer, _) = told;
        if *resource_type != self.resource_type {
            return None;
        }
        let known = filled(&self.pointer, names);
        let (mut found, mut wanted, mut name) = (pointer.split('/'), known.split('/'), None);
        loop {
            match (found.next(), wanted.next()) {
                (None, None) => return name,
                (Some(own), Some(other)) if other == probe => name = Some(own),
                (Some(own), Some(other)) if own == other => {}
                // What is below the name may be otherwise.
                _ if name.is_some() => return name,
                _ => return None,
            }
        }
    }
}

impl Touch {
    /// Whether the value itself stands there, and not only a key below a name.
    pub(super) fn holds_value(&self) -> bool {
        self.is_text
    }
}

fn mark(index: usize) -> String {
    format!("\u{1}{index}\u{1}")
}

fn filled(pointer: &str, names: &[String]) -> String {
    let mut pointer = pointer.to_owned();
    for (index, name) in names.iter().enumerate() {
        pointer = pointer.replace(&mark(index), name);
    }
    pointer
}

/// A pointer in which names that are keys of the document are left open.
pub(super) fn opened(pointer: &str, names: &[String]) -> String {
    let parts = pointer.split('/').map(|part| match names.iter().position(|name| name == part) {
        Some(index) => mark(index),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What one document asks for and the other does not.
pub(super) fn only(first: &Tried, second: &Tried) -> Vec<Told> {
    let nothing = Leaves::default();
    let ids = first.resources.iter();
    ids.flat_map(|(id, leaves)| more(leaves, second.resources.get(id).map_or(&nothing, Rc::as_ref))).collect()
}

/// Where a value stands, by two tries with different ones.
pub(super) fn touches(first: &Tried, second: &Tried, probe: &str, names: &[String]) -> Vec<Touch> {
    let mut found = Vec::new();
    for (resource_type, pointer, text) in only(first, second) {
        let in_ids = pascal(probe);
        let is_pascal = !text.contains(probe) && text.contains(&in_ids);
        let is_text = text.contains(probe) || is_pascal;
        let (before, after) = text.split_once(if is_pascal { &in_ids } else { probe }).unwrap_or_default();
        let touch = Touch {
            resource_type,
            pointer: opened(&pointer, names),
            before: before.to_owned(),
            after: after.to_owned(),
            is_text,
            is_pascal,
        };
        if !found.contains(&touch) {
            found.push(touch);
        }
    }
    found
}
