//! From the tree as written to the tree as meant: aliases and merge keys written out, repeated keys refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Id, Raw, RawEntry, RawKey, Tree};
use super::{Entry, Key, Node, Value, rules};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

pub(super) struct Expander<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    pub(super) tree: &'a Tree,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Expander<'_> {
    /// `used_at` is the alias outside of all others through which the reader came here.
    pub(super) fn node(&mut self, id: Id, used_at: Option<&Span>) -> Node {
        let raw = &self.tree.nodes[id];
        let span = Span::new(self.file, raw.start, raw.end);
        let value = match &raw.value {
            Raw::Alias(target) => return self.node(*target, Some(used_at.unwrap_or(&span))),
            Raw::Open | Raw::Null | Raw::Broken => Value::Null,
            Raw::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Raw::List(items) => Value::List(items.iter().map(|item| self.node(*item, used_at)).collect()),
            Raw::Map(entries) => Value::Map(self.entries(entries, used_at)),
        };
        Node { span, value, tag: raw.tag.clone(), used_at: used_at.cloned() }
    }

    fn entries(&mut self, raw: &[RawEntry], used_at: Option<&Span>) -> Vec<Entry> {
        let mut first: BTreeMap<&str, &RawKey> = BTreeMap::new();
        let mut repeated = Vec::new();
        for (index, RawEntry { key, .. }) in raw.iter().enumerate().filter(|(_, entry)| !entry.key.merge) {
            if let Some(first) = first.get(key.text.as_str()) {
                repeated.push((index, *first));
            } else {
                first.insert(&key.text, key);
            }
        }
        // Each mapping is seen once as itself, whatever the number of its copies.
        if used_at.is_none() {
            for (index, first) in &repeated {
                self.duplicate_key(&raw[*index].key, first);
            }
        }
        let mut given: BTreeSet<String> = BTreeSet::new();
        if raw.iter().any(|entry| entry.key.merge) {
            given.extend(first.keys().map(|key| (*key).to_owned()));
        }
        let mut entries = Vec::with_capacity(raw.len());
        for (index, RawEntry { key, value }) in raw.iter().enumerate() {
            if key.merge {
                let merged = self.merged(*value, used_at);
                entries.extend(merged.into_iter().filter(|entry| given.insert(entry.key.text.clone())));
            } else if repeated.binary_search_by_key(&index, |(index, _)| *index).is_err() {
                let span = Span::new(self.file, key.start, key.end);
                let key = Key { text: key.text.clone(), span };
                entries.push(Entry { key, value: self.node(*value, used_at) });
            } else if used_at.is_none() {
                // What stands in the repetition is checked, though not kept.
                self.node(*value, used_at);
            }
        }
        entries
    }

    /// All entries that a merge key brings, the stronger ones first.
    fn merged(&mut self, id: Id, used_at: Option<&Span>) -> Vec<Entry> {
        let items = match &self.tree.resolved(id).value {
            Raw::List(items) => items.iter().map(|item| &self.tree.resolved(*item).value).collect(),
            value => vec![value],
        };
        let has_entries = |value: &&Raw| matches!(value, Raw::Map(_) | Raw::Broken);
        let raw = &self.tree.nodes[id];
        if used_at.is_none() && !items.iter().all(has_entries) {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::MERGE_OF_NON_MAPPING,
                    &Span::new(self.file, raw.start, raw.end),
                    "the merge key `<<` takes a mapping or a list of mappings, and there is something else here",
                )
                .label("brings no entries")
                .help("give it an alias of a mapping: `<<: *name`"),
            );
        }
        match self.node(id, used_at).value {
            Value::Map(entries) => entries,
            Value::List(items) => items
                .into_iter()
                .flat_map(|item| if let Value::Map(entries) = item.value { entries } else { Vec::new() })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn duplicate_key(&mut self, key: &RawKey, first: &RawKey) {
        let name = super::fault::quoted(&key.text);
        let span = |key: &RawKey| Span::new(self.file, key.start, key.end);
        let diagnostic = Diagnostic::new(
            &rules::DUPLICATE_KEY,
            &span(key),
            format!("the key {name} is given twice in one mapping, and only the first would count"),
        )
        .label("given again")
        .related(&span(first), "first given here")
        .help("remove one of the two, or rename it");
        self.diagnostics.push(diagnostic);
    }
}
