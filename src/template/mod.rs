//! A CloudFormation template as somebody wrote it, lifted to a [`Stack`]: the second front end.
//!
//! Lifting never fails: it gives the stack it could read and the [`Diagnostic`]s that say what it could not.

mod function;
pub mod rules;
mod section;
mod value;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::desired::Stack;
use crate::diagnostic::{self, Diagnostic};
use crate::source::SourceFile;
use crate::syntax::{self, Key, Node, Parsed, Value as Syntax};

/// The role of a lifted stack: a template does not say what it is for, nor where it is deployed.
pub const ROLE: &str = "template";

/// What could be read of a template.
#[derive(Debug)]
pub struct Lifted {
    /// Its role is [`ROLE`], it has no deployments, and the thing of each resource is its logical id.
    pub stack: Stack,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a template in YAML, with functions as tags or in their long form, or in JSON.
pub fn lift(file: &Arc<SourceFile>) -> Lifted {
    lift_tree(syntax::parse(file))
}

/// Reads a template that is parsed already.
pub fn lift_tree(parsed: Parsed) -> Lifted {
    let mut lifter = Lifter { diagnostics: parsed.diagnostics };
    let stack = lifter.stack(&parsed.root);
    diagnostic::sort(&mut lifter.diagnostics);
    Lifted { stack, diagnostics: lifter.diagnostics }
}

struct Lifter {
    diagnostics: Vec<Diagnostic>,
}

impl Lifter {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// The entries of a map in the order written, each key once; `None` for what is not a map.
fn entries(node: &Node) -> Option<IndexMap<&str, (&Key, &Node)>> {
    let Syntax::Map(entries) = &node.value else { return None };
    let mut unique = IndexMap::with_capacity(entries.len());
    for entry in entries {
        unique.entry(entry.key.text.as_str()).or_insert((&entry.key, &entry.value));
    }
    Some(unique)
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Syntax::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}
