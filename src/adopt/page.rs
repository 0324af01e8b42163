//! A file that edits are made in, one after the other.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use similar::{ChangeTag, TextDiff};

use crate::diagnostic::{Edit, Fix, Safety, apply};
use crate::source::{SourceFile, Span};
use crate::syntax::edit::Editor;
use crate::syntax::{Node, Value};

/// One change of a file. It says what is meant, so that it can be made after others.
#[derive(Clone, Debug)]
pub enum Change {
    /// A value at some keys; those that are not there yet are added.
    Set(Vec<String>, Json),
    /// No entry or item at some keys.
    Remove(Vec<String>),
    /// A list without some of its items, and with others at its end.
    Items { list: Vec<String>, gone: Vec<usize>, added: Vec<Json> },
}

impl Change {
    /// Where it is made.
    pub fn path(&self) -> &[String] {
        match self {
            Change::Set(path, _) | Change::Remove(path) | Change::Items { list: path, .. } => path,
        }
    }
}

/// A file as it is read now.
pub struct Page {
    pub file: Arc<SourceFile>,
    editor: Editor,
}

impl Page {
    pub fn open(file: &Arc<SourceFile>) -> Option<Self> {
        Some(Self { file: Arc::clone(file), editor: Editor::new(file)? })
    }

    /// The keys and places that lead to the innermost value around `span`, and that value.
    pub fn around(&self, span: &Span) -> Option<(Vec<String>, &Node)> {
        let (mut node, mut path) = (self.editor.root(), Vec::new());
        loop {
            let holds =
                |inner: &Node| inner.used_at.is_none() && inner.span.start <= span.start && span.end <= inner.span.end;
            let next = match &node.value {
                Value::Map(entries) => entries.iter().find_map(|entry| {
                    let own = holds(&entry.value) || entry.key.span == *span;
                    own.then(|| (entry.key.text.clone(), &entry.value))
                }),
                Value::List(items) => items
                    .iter()
                    .enumerate()
                    .find(|(_, item)| holds(item))
                    .map(|(index, item)| (index.to_string(), item)),
                Value::Null | Value::Scalar(_) => None,
            };
            match next {
                Some((step, inner)) => {
                    path.push(step);
                    node = inner;
                }
                None => return (span.path() == self.file.path() && !path.is_empty()).then_some((path, node)),
            }
        }
    }

    /// The value at some keys.
    pub fn at(&self, path: &[String]) -> Option<&Node> {
        path.iter().try_fold(self.editor.root(), |node, step| match &node.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key.text == *step).map(|entry| &entry.value),
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            Value::Null | Value::Scalar(_) => None,
        })
    }

    /// The page after some changes; `None` when one of them cannot be made.
    pub fn after(&self, changes: &[Change]) -> Option<Page> {
        let mut page: Option<Page> = None;
        for change in changes {
            let now = page.as_ref().unwrap_or(self);
            let next = match change {
                Change::Set(path, value) => now.turned(&now.with(path, value)?)?,
                Change::Remove(path) => now.turned(&now.without(path)?)?,
                Change::Items { list, gone, added } => now.with_items(list, gone, added)?,
            };
            page = Some(next);
        }
        page
    }

    fn turned(&self, text: &str) -> Option<Page> {
        Page::open(&SourceFile::new(self.file.path(), text))
    }

    fn with_items(&self, list: &[String], gone: &[usize], added: &[Json]) -> Option<Page> {
        let mut page: Option<Page> = None;
        for item in added {
            let now = page.as_ref().unwrap_or(self);
            page = Some(now.turned(&now.with_item(list, item)?)?);
        }
        for index in gone.iter().rev() {
            let now = page.as_ref().unwrap_or(self);
            page = Some(now.turned(&now.without(&[list, &[index.to_string()]].concat())?)?);
        }
        page
    }

    /// The text with a value at some keys; those that are not there yet are added.
    fn with(&self, path: &[String], value: &Json) -> Option<String> {
        let there = (0..=path.len()).rev().find(|length| self.at(&path[..*length]).is_some())?;
        let node = self.at(&path[..there])?;
        let missing = &path[there..];
        let edits = match missing.split_first() {
            None => self.editor.replace_value(&node.span, value)?,
            Some((key, below)) => {
                let value = below.iter().rev().fold(value.clone(), |value, key| json!({ key.as_str(): value }));
                self.editor.add_entry(&node.span, key, &value)?
            }
        };
        self.edited(edits)
    }

    /// The text without the entry at some keys.
    fn without(&self, path: &[String]) -> Option<String> {
        let (last, parent) = path.split_last()?;
        match &self.at(parent)?.value {
            Value::Map(entries) => {
                let entry = entries.iter().find(|entry| entry.key.text == *last)?;
                self.edited(self.editor.remove_entry(&entry.key.span)?)
            }
            Value::List(items) => {
                let item = items.get(last.parse::<usize>().ok()?)?;
                self.edited(self.editor.remove_item(&item.span)?)
            }
            Value::Null | Value::Scalar(_) => None,
        }
    }

    /// The text with one more item at the end of a list.
    fn with_item(&self, path: &[String], value: &Json) -> Option<String> {
        let Value::List(items) = &self.at(path)?.value else { return None };
        self.edited(self.editor.insert_item_after(&items.last()?.span, value)?)
    }

    fn edited(&self, edits: Vec<Edit>) -> Option<String> {
        let fix = Fix { title: String::new(), safety: Safety::Unsafe, edits };
        let fixed = apply(&self.file, [&fix]);
        fixed.left.is_empty().then_some(fixed.text)
    }
}

/// What leads from a file to another text: whole lines, each run of them by itself.
pub fn edits(file: &Arc<SourceFile>, text: &str) -> Vec<Edit> {
    let diff = TextDiff::from_lines(file.text(), text);
    let mut edits: Vec<Edit> = Vec::new();
    let (mut at, mut open) = (0, false);
    for change in diff.iter_all_changes() {
        let value = change.value();
        if change.tag() == ChangeTag::Equal {
            at += value.len();
            open = false;
            continue;
        }
        if !open {
            edits.push(Edit::new(Span::new(file, at, at), ""));
            open = true;
        }
        let Some(edit) = edits.last_mut() else { continue };
        if change.tag() == ChangeTag::Delete {
            at += value.len();
            edit.span = Span::new(file, edit.span.start, at);
        } else {
            edit.text.push_str(value);
        }
    }
    edits
}
