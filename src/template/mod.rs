//! A CloudFormation template as somebody wrote it, lifted to a [`Stack`]: the second front end.
//!
//! Lifting never fails: it gives the stack it could read and the [`Diagnostic`]s that say what it could not.

mod arguments;
mod attributes;
mod function;
mod globals;
mod ignores;
mod limits;
mod loops;
mod macros;
mod parameter;
mod raw;
mod references;
pub mod rules;
mod section;
mod sub;
mod value;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::desired::Stack;
use crate::diagnostic::{self, Diagnostic};
use crate::source::{SourceFile, Span};
use crate::syntax::{self, Key, Node, Parsed, Value as Syntax};

use macros::Macros;
use references::Names;

pub use ignores::ignores;
pub use raw::{Change, lift_change, lift_resource};

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
pub fn lift_tree(mut parsed: Parsed) -> Lifted {
    let macros = Macros::of(&parsed.root);
    let mut lifter = Lifter { diagnostics: parsed.diagnostics, open: macros.is_open(), macros, ..Lifter::default() };
    if lifter.macros.language_extensions {
        let unrolled = loops::unroll(&mut parsed.root);
        lifter.open |= unrolled.assumes;
        unrolled.unread.iter().for_each(|span| lifter.unread_loop(span));
        unrolled.malformed.iter().for_each(|span| lifter.malformed_loop(span));
    }
    let mut stack = lifter.stack(&parsed.root);
    // What was cut away by a fault may be what seems to be missing.
    lifter.open |= !parsed.unread.is_empty();
    stack.open = lifter.open;
    lifter.check_limits(&stack);
    lifter.check_references(&stack);
    diagnostic::sort(&mut lifter.diagnostics);
    Lifted { stack, diagnostics: lifter.diagnostics }
}

#[derive(Default)]
struct Lifter {
    diagnostics: Vec<Diagnostic>,
    macros: Macros,
    /// As [`Stack::open`].
    open: bool,
    names: Names,
    /// Scalars are what YAML 1.2 takes them for: CloudFormation does not read this text, but what is printed of it.
    is_yaml_1_2: bool,
    /// Where the description of the template is written.
    description: Option<Span>,
}

impl Lifter {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn unread_loop(&mut self, span: &Span) {
        self.open = true;
        let message = "what this loop makes is not checked, because what it runs over is known only at deployment";
        let help = "nothing needs to be done; a list of texts, or of a mapping with texts as keys, could be checked";
        self.report(Diagnostic::new(&rules::UNREAD_PART, span, message).help(help));
    }

    fn malformed_loop(&mut self, span: &Span) {
        self.open = true;
        let message =
            "a loop is a list of a name, a collection and a mapping, and CloudFormation refuses anything else";
        let help = "write it as `[Name, [a, b], {Topic${Name}: …}]`";
        self.report(Diagnostic::new(&rules::BAD_FUNCTION, span, message).help(help));
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

/// The text of a scalar that is no function.
fn plain_text(node: &Node) -> Option<&str> {
    text(node).filter(|_| !is_function(node))
}

/// Whether a value is computed by CloudFormation: it has a function as tag, or is a mapping with one function as key.
fn is_function(node: &Node) -> bool {
    let is_name = |name: &str| name == "Ref" || name.starts_with("Fn::");
    let by_tag = node.tag.as_ref().is_some_and(|tag| tag.starts_with('!') && tag.len() > 1 && !tag.starts_with("!!"));
    by_tag || matches!(&node.value, Syntax::Map(entries) if entries.len() == 1 && is_name(&entries[0].key.text))
}
