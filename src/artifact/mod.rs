//! An output file as a value, and the canonical printers.
//!
//! Equal values give equal bytes: the printers decide everything about layout and quoting, the caller only the order
//! of keys. Every printed node is mapped back to what asked for it, see [`Mapping`] and [`source_map`].

pub mod checksums;
pub mod json;
pub mod source_map;
pub mod yaml;
mod yaml_scalar;

#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::desired::{Origin, Value};

/// A file to be written below the output folder.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Relative to the output folder, with `/` as separator.
    pub path: String,
    pub text: String,
    /// In the order of printing.
    pub mappings: Vec<Mapping>,
}

impl Artifact {
    pub fn new(path: impl Into<String>, printed: Printed) -> Self {
        Self { path: path.into(), text: printed.text, mappings: printed.mappings }
    }
}

/// Where a node of an artifact's document is printed and why it is there. There is one for each map, list item,
/// scalar and intrinsic; the arguments of an intrinsic have none of their own.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The JSON pointer of the node in the artifact's own document; empty for the document itself.
    pub pointer: String,
    /// The 1-based line of the text on which the node's key, its `-`, or else its value begins.
    pub line: usize,
    pub origin: Origin,
}

/// What a printer makes of a value.
#[derive(Clone, Debug)]
pub struct Printed {
    pub text: String,
    pub mappings: Vec<Mapping>,
}

/// Text under construction that knows its line and its place in the document.
struct Writer {
    text: String,
    line: usize,
    pointer: String,
    mappings: Vec<Mapping>,
}

impl Writer {
    fn new() -> Self {
        Self { text: String::new(), line: 1, pointer: String::new(), mappings: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        self.line += text.matches('\n').count();
        self.text.push_str(text);
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    /// Maps the node that begins on the present line.
    fn map(&mut self, origin: &Origin) {
        self.mappings.push(Mapping { pointer: self.pointer.clone(), line: self.line, origin: origin.clone() });
    }

    /// Goes down to a map's entry or a list's item; [`Writer::leave`] takes the returned mark back up.
    fn enter(&mut self, token: &str) -> usize {
        let mark = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        mark
    }

    fn leave(&mut self, mark: usize) {
        self.pointer.truncate(mark);
    }

    fn finish(self) -> Printed {
        Printed { text: self.text, mappings: self.mappings }
    }
}

/// The entries of a map, each key once: a repeated key keeps its first place and its last value, as in
/// [`Value::to_json`].
fn unique(entries: &[(String, Value)]) -> IndexMap<&str, &Value> {
    entries.iter().map(|(key, value)| (key.as_str(), value)).collect()
}
