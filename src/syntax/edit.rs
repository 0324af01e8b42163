//! Changes to a file that keep its comments, its style and everything that they are not about.
//!
//! Each change is a list of [`Edit`]s for one [`Fix`](crate::diagnostic::Fix), or `None` where it cannot be made
//! without touching more than what it is about: text that is used by alias elsewhere, keys after `?`, entries between
//! tags and anchors.

mod block;
mod flow;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Node, Scalar, Value, lex};
use crate::diagnostic::Edit;
use crate::source::{SourceFile, Span};

/// A file that can be changed.
#[derive(Debug)]
pub struct Editor {
    file: Arc<SourceFile>,
    root: Node,
    /// What is meant in more than one place.
    shared: Vec<Span>,
    /// The whole file is JSON, as far as its first character says.
    json: bool,
}

/// An entry or item, by what stands around it.
#[derive(Clone, Copy)]
struct Place<'n> {
    /// The mapping or list it is in.
    parent: &'n Node,
    index: usize,
    /// The key whose value the mapping or list is.
    above: Option<&'n Span>,
    /// Whether the mapping or list, or one that it is in, stands in brackets.
    in_flow: bool,
}

impl Editor {
    /// `None` for a file that cannot be read as a whole.
    pub fn new(file: &Arc<SourceFile>) -> Option<Self> {
        let parsed = super::parse(file);
        if !parsed.diagnostics.is_empty() {
            return None;
        }
        let json = file.text().trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[']);
        let mut shared = Vec::new();
        collect_shared(&parsed.root, &mut shared);
        Some(Self { file: Arc::clone(file), root: parsed.root, shared, json })
    }

    /// What is in the file.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Whether this is the editor of `file`.
    pub fn is_of(&self, file: &Arc<SourceFile>) -> bool {
        Arc::ptr_eq(&self.file, file)
    }

    /// Removes an entry with its trailing comment; comments above it stay.
    pub fn remove_entry(&self, key: &Span) -> Option<Vec<Edit>> {
        let place = self.entry(key)?;
        match place.is_bracketed() {
            true => self.remove_from_flow(&place),
            false => self.remove_from_block(&place, key.start),
        }
    }

    /// Writes a new entry below or behind the one of `key`, as that one is written.
    pub fn insert_entry_after(&self, key: &Span, new_key: &str, value: &Json) -> Option<Vec<Edit>> {
        let place = self.entry(key)?;
        let quoted = key.text().starts_with('"');
        if place.is_bracketed() {
            let new_key = if quoted { write::double(new_key) } else { write::text(new_key, true) };
            let value = if quoted { value.to_string() } else { write::flow(value) };
            return self.insert_into_flow(&place, &format!("{new_key}: {value}"));
        }
        let new_key = if quoted { write::double(new_key) } else { write::text(new_key, false) };
        let indent = self.indent(key.start)?;
        self.insert_into_block(&place, &indent, &format!("{new_key}:{}", write::block(value, indent.len())))
    }

    /// The same in the mapping that is the value of `owner`, behind its entry `beside`.
    pub fn insert_entry_in(&self, owner: &Span, beside: &str, new_key: &str, value: &Json) -> Option<Vec<Edit>> {
        let place = self.entry(owner)?;
        let Value::Map(around) = &place.parent.value else { return None };
        let Value::Map(entries) = &around.get(place.index)?.value.value else { return None };
        let neighbour = entries.iter().find(|entry| entry.key.text == beside)?;
        self.insert_entry_after(&neighbour.key.span, new_key, value)
    }

    /// Gives an entry another key.
    pub fn rename_key(&self, key: &Span, to: &str) -> Option<Vec<Edit>> {
        let place = self.entry(key)?;
        Some(vec![Edit::new(key.clone(), write::like(key.text(), to, place.in_flow))])
    }

    /// Writes another text in place of a scalar, in its quotes. A text without quotes stays text: it gets quotes where
    /// it would be taken for a number, and a number may become another.
    pub fn replace_scalar(&self, value: &Span, text: &str) -> Option<Vec<Edit>> {
        if self.is_shared(value) {
            return None;
        }
        let mut found = None;
        visit(&self.root, false, &mut |node, in_flow| {
            if node.span == *value && node.used_at.is_none() {
                found = Some((node, in_flow));
            }
        });
        let (node, in_flow) = found?;
        let old = match &node.value {
            Value::Null => None,
            Value::Scalar(scalar) => Some(scalar),
            Value::List(_) | Value::Map(_) => return None,
        };
        if value.text().starts_with(['|', '>']) {
            return None;
        }
        let is_other = |scalar: &Scalar| scalar.kind() != super::PlainKind::Text;
        let unquoted = !value.text().starts_with(['"', '\'']);
        let new = Scalar { text: text.to_owned(), plain: true };
        let written = if unquoted && old.is_none_or(is_other) && is_other(&new) {
            text.to_owned()
        } else if unquoted && self.json {
            write::double(text)
        } else {
            write::like(value.text(), text, in_flow)
        };
        let space = if value.start == value.end { " " } else { "" };
        Some(vec![Edit::new(value.clone(), format!("{space}{written}"))])
    }

    /// Writes another value in place of a scalar, or of a mapping or list between brackets that holds no comment.
    pub fn replace_value(&self, value: &Span, new: &Json) -> Option<Vec<Edit>> {
        if let Json::String(text) = new {
            return self.replace_scalar(value, text).map(|edits| self.as_text(edits, text));
        }
        let written = value.text();
        let is_bracketed = written.starts_with(['{', '[']) && !written.contains('#');
        let mut is_scalar = false;
        visit(&self.root, false, &mut |node, _| {
            let is_leaf = matches!(node.value, Value::Scalar(_) | Value::Null);
            is_scalar |= node.span == *value && node.used_at.is_none() && is_leaf;
        });
        if self.is_shared(value) || written.starts_with(['|', '>']) || !(is_scalar || is_bracketed) {
            return None;
        }
        let new = if self.json { new.to_string() } else { write::flow(new) };
        let space = if value.start == value.end { " " } else { "" };
        Some(vec![Edit::new(value.clone(), format!("{space}{new}"))])
    }

    /// A text stays text where the value that it replaces was none.
    fn as_text(&self, mut edits: Vec<Edit>, text: &str) -> Vec<Edit> {
        for edit in &mut edits {
            let plain = Scalar { text: text.to_owned(), plain: true };
            if edit.text.trim() == text && plain.kind() != super::PlainKind::Text {
                edit.text = edit.text.replace(text, &write::double(text));
            }
        }
        edits
    }

    /// Writes a new entry at the end of a mapping, of an empty one too, or in place of nothing.
    pub fn add_entry(&self, map: &Span, key: &str, value: &Json) -> Option<Vec<Edit>> {
        let (mut found, mut is_inside) = (None, false);
        visit(&self.root, false, &mut |node, in_flow| {
            if node.span == *map && node.used_at.is_none() && !matches!(node.value, Value::Scalar(_) | Value::List(_)) {
                (found, is_inside) = (Some(node), in_flow);
            }
        });
        let node = found.filter(|_| !self.is_shared(map))?;
        let last = match &node.value {
            Value::Map(entries) => {
                let own = entries.iter().filter(|entry| {
                    map.start <= entry.key.span.start && entry.key.span.end <= map.end && entry.value.used_at.is_none()
                });
                own.max_by_key(|entry| entry.key.span.start)
            }
            _ => None,
        };
        if let Some(last) = last {
            return self.insert_entry_after(&last.key.span, key, value);
        }
        let is_bracketed = map.text().starts_with('{');
        let is_empty = matches!(&node.value, Value::Map(entries) if entries.is_empty());
        if map.text().contains('#') || !(is_empty || matches!(node.value, Value::Null)) {
            return None;
        }
        let entry = Json::Object(std::iter::once((key.to_owned(), value.clone())).collect());
        let written = if self.json { entry.to_string() } else { write::flow(&entry) };
        let space = if is_bracketed || is_inside || map.start < map.end { "" } else { " " };
        Some(vec![Edit::new(map.clone(), format!("{space}{written}"))])
    }

    /// Puts quotes around a scalar that has none, so that it is the text that it says.
    pub fn quote(&self, value: &Span) -> Option<Vec<Edit>> {
        let mut is_plain = false;
        visit(&self.root, false, &mut |node, _| {
            is_plain |= node.span == *value && matches!(&node.value, Value::Scalar(scalar) if scalar.plain);
        });
        (is_plain && !self.json && !self.is_shared(value))
            .then(|| vec![Edit::new(value.clone(), write::double(value.text()))])
    }

    /// Removes an item of a list with its trailing comment; comments above it stay.
    pub fn remove_item(&self, item: &Span) -> Option<Vec<Edit>> {
        let place = self.item(item)?;
        match place.is_bracketed() {
            true => self.remove_from_flow(&place),
            false => self.remove_from_block(&place, self.dash(&place)?),
        }
    }

    /// Writes a new item below or behind `item`, as that one is written.
    pub fn insert_item_after(&self, item: &Span, value: &Json) -> Option<Vec<Edit>> {
        let place = self.item(item)?;
        if place.is_bracketed() {
            let value = if self.json { value.to_string() } else { write::flow(value) };
            return self.insert_into_flow(&place, &value);
        }
        let indent = self.indent(self.dash(&place)?)?;
        let value = match value {
            Json::Array(_) | Json::Object(_) => write::flow(value),
            scalar => write::scalar(scalar, false),
        };
        self.insert_into_block(&place, &indent, &format!("- {value}"))
    }

    fn text(&self) -> &str {
        self.file.text()
    }

    fn remove(&self, start: usize, end: usize) -> Edit {
        Edit::remove(Span::new(&self.file, start, end))
    }

    fn insert(&self, at: usize, text: impl Into<String>) -> Edit {
        Edit::insert(&self.file, at, text)
    }

    fn entry(&self, key: &Span) -> Option<Place<'_>> {
        let is_key = |parent: &Node| match &parent.value {
            Value::Map(entries) => entries.iter().position(|entry| entry.key.span == *key),
            _ => None,
        };
        self.place(key, &is_key)
    }

    fn item(&self, item: &Span) -> Option<Place<'_>> {
        let is_item = |parent: &Node| match &parent.value {
            Value::List(items) => items.iter().position(|node| node.span == *item && node.used_at.is_none()),
            _ => None,
        };
        self.place(item, &is_item)
    }

    fn place(&self, span: &Span, position: &dyn Fn(&Node) -> Option<usize>) -> Option<Place<'_>> {
        if span.path() != self.file.path() || self.is_shared(span) {
            return None;
        }
        let mut found = find(&self.root, None, false, span.start, position)?;
        found.in_flow |= found.is_bracketed();
        // `[key: value]` is a mapping without brackets of its own.
        (!found.in_flow || found.is_bracketed()).then_some(found)
    }

    fn is_shared(&self, span: &Span) -> bool {
        self.shared.iter().any(|shared| shared.start <= span.start && span.end <= shared.end)
    }

    /// Whether a line has nothing but spaces and a comment after `at`.
    fn ends_line(&self, at: usize) -> bool {
        let rest = &self.text()[at..lex::line_end(self.text(), at)];
        let words = rest.trim_start_matches([' ', '\t']);
        words.is_empty() || (words.starts_with('#') && words.len() < rest.len())
    }

    fn line_break(&self) -> &'static str {
        if self.text().contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// What stands before `at` on its line.
    fn prefix(&self, at: usize) -> &str {
        self.text()[lex::line_start(self.text(), at)..at].trim_start_matches('\u{feff}')
    }
}

impl<'n> Place<'n> {
    fn is_bracketed(&self) -> bool {
        self.parent.span.text().starts_with(['{', '['])
    }

    /// Where the text of the entries or items ends; a value that stands by alias ends with the alias.
    fn end(&self, index: usize) -> Option<usize> {
        let node = match &self.parent.value {
            Value::Map(entries) => &entries.get(index)?.value,
            Value::List(items) => items.get(index)?,
            _ => return None,
        };
        Some(node.used_at.as_ref().unwrap_or(&node.span).end)
    }

    fn first_line_of_value(&self) -> &'n str {
        let node = match &self.parent.value {
            Value::Map(entries) => entries.get(self.index).map(|entry| &entry.value),
            Value::List(items) => items.get(self.index),
            _ => None,
        };
        node.and_then(|node| node.span.text().lines().next()).unwrap_or("")
    }
}

/// Looks only into what has `at` in it.
fn find<'n>(
    node: &'n Node,
    above: Option<&'n Span>,
    in_flow: bool,
    at: usize,
    position: &dyn Fn(&Node) -> Option<usize>,
) -> Option<Place<'n>> {
    if node.used_at.is_some() || !(node.span.start..=node.span.end).contains(&at) {
        return None;
    }
    if let Some(index) = position(node) {
        return Some(Place { parent: node, index, above, in_flow });
    }
    let in_flow = in_flow || node.span.text().starts_with(['{', '[']);
    match &node.value {
        Value::List(items) => items.iter().find_map(|item| find(item, None, in_flow, at, position)),
        Value::Map(entries) => {
            entries.iter().find_map(|entry| find(&entry.value, Some(&entry.key.span), in_flow, at, position))
        }
        Value::Null | Value::Scalar(_) => None,
    }
}

fn visit<'n>(node: &'n Node, in_flow: bool, see: &mut dyn FnMut(&'n Node, bool)) {
    see(node, in_flow);
    let is_bracketed = matches!(node.value, Value::List(_) | Value::Map(_)) && node.span.text().starts_with(['{', '[']);
    let in_flow = in_flow || is_bracketed;
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| visit(item, in_flow, see)),
        Value::Map(entries) => entries.iter().for_each(|entry| visit(&entry.value, in_flow, see)),
        Value::Null | Value::Scalar(_) => {}
    }
}

fn collect_shared(node: &Node, shared: &mut Vec<Span>) {
    if node.used_at.is_some() {
        shared.push(node.span.clone());
        return;
    }
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| collect_shared(item, shared)),
        Value::Map(entries) => {
            for entry in entries {
                // The key of an entry that came by merge key stands where the entry came from.
                let is_merged = entry.key.span.start < node.span.start || entry.key.span.end > node.span.end;
                shared.extend(is_merged.then(|| entry.key.span.clone()));
                collect_shared(&entry.value, shared);
            }
        }
        Value::Null | Value::Scalar(_) => {}
    }
}
