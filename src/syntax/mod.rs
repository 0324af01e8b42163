//! YAML or JSON text to a located tree.
//!
//! Parsing never fails: it gives the tree it could read and the [`Diagnostic`]s that say what it could not.
//! This is the only room that names a YAML crate.

mod alias;
pub mod comments;
pub mod edit;
mod embedded;
mod expand;
mod fault;
mod lex;
mod load;
mod parse;
mod plain;
pub mod rules;
mod scalar;
mod tree;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

pub use embedded::{Embedded, parse_embedded};

/// The most bytes of a file that are read.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The most values that a file may hold, with aliases and merge keys written out.
pub const MAX_VALUES: usize = 100_000;

/// How deep lists and mappings may stand inside each other, with aliases written out.
pub const MAX_DEPTH: usize = 128;

/// A value and where it stands. The span covers the value's own text, without tag and anchor: for a mapping or list
/// from its bracket or first entry to its bracket or the end of its last entry, for a scalar its text with quotes, for
/// a block scalar from its `|` or `>` to the end of its last line that is not blank. An absent value stands just after
/// its colon or dash, with a width of nothing.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
    /// The tag as written (`!Ref`, `!!str`), if there is one.
    pub tag: Option<String>,
    /// Where this value is used by alias or merge key; its own span is then that of the anchored text. Everything
    /// inside a value that is used by alias has the same `used_at`.
    pub used_at: Option<Span>,
}

#[derive(Clone, Debug)]
pub enum Value {
    /// An absent value (`key:`), or `null` or `~`.
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A scalar that is not null. What it means (number, text, boolean) is decided by the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after quotes, escapes and folding are undone.
    pub text: String,
    /// May mean a number or boolean: without quotes, not a block, and without a tag that makes it text. The tags
    /// `!!int`, `!!float` and `!!bool` make a quoted scalar mean what its text says.
    pub plain: bool,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Key,
    pub value: Node,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

impl Node {
    /// The value without its places.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                let fields = entries.iter().map(|entry| (entry.key.text.clone(), entry.value.to_json()));
                Json::Object(fields.collect())
            }
            Value::Scalar(scalar) => match scalar.kind() {
                PlainKind::Text => json!(scalar.text),
                PlainKind::Boolean(value) => json!(value),
                PlainKind::Integer(value) => json!(value),
                PlainKind::Float(value) => json!(value),
            },
        }
    }
}

/// What YAML 1.2's core schema takes a plain scalar for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlainKind {
    Text,
    Boolean(bool),
    /// An integer that fits; `text` still has leading zeros and sign.
    Integer(i64),
    Float(f64),
}

impl Scalar {
    /// What this scalar is by YAML 1.2's core schema; quoted and block scalars are always text.
    pub fn kind(&self) -> PlainKind {
        if !self.plain {
            return PlainKind::Text;
        }
        plain::plain_kind(&self.text)
    }
}

/// The result of parsing: there is always a tree, if only an empty one.
#[derive(Debug)]
pub struct Parsed {
    pub root: Node,
    /// In the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// What is not in the tree because an error already says so: entries that were cut short by a syntax error, aliases
    /// that could not be written out, further documents. What another phase finds amiss there follows from that error.
    pub unread: Vec<Span>,
}

/// Reads one YAML (or JSON) document.
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    parse::parse(file)
}
