//! YAML or JSON text to a located tree.
//!
//! Parsing never fails: it gives the tree it could read and the [`Diagnostic`]s that say what it could not.
//! This is the only room that names a YAML crate.

mod parse;
pub mod rules;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

/// A value and where it stands. The span covers the value's own text: for a mapping or list from its first entry to
/// the end of its last one, for a scalar its text with quotes.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
    /// The tag as written (`!Ref`, `!!str`), if there is one.
    pub tag: Option<String>,
    /// Where this value is used by alias or merge key; its own span is then that of the anchored text.
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
    /// Without quotes and not a block: may mean a number or boolean.
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
        parse::plain_kind(&self.text)
    }
}

/// The result of parsing: there is always a tree, if only an empty one.
#[derive(Debug)]
pub struct Parsed {
    pub root: Node,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one YAML (or JSON) document.
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    parse::parse(file)
}
