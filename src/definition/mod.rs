//! A pipeline as CodePipeline's API spells it, lifted to a [`Stack`]: the third front end.
//!
//! What `get-pipeline` gives and `create-pipeline` and `update-pipeline` take becomes one resource of type
//! `AWS::CodePipeline::Pipeline` with CloudFormation's names, so that lints need to know only those.

mod read;
pub mod rules;
mod shape;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desired::{Origin, Resource, Stack, Value};
use crate::diagnostic::{self, Diagnostic};
use crate::source::SourceFile;
use crate::syntax::{self, Key, Node, Parsed, Value as Syntax};

use read::Reader;

/// The role of a lifted stack: a definition is in no stack.
pub const ROLE: &str = "definition";

/// The logical id of the pipeline.
pub const LOGICAL_ID: &str = "Pipeline";

/// What could be read of a definition.
#[derive(Debug)]
pub struct Lifted {
    /// Its role is [`ROLE`], and it has one resource.
    pub stack: Stack,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a definition in JSON or YAML, with or without a `pipeline` around it.
pub fn lift(file: &Arc<SourceFile>) -> Lifted {
    lift_tree(syntax::parse(file))
}

/// Reads a definition that is parsed already.
pub fn lift_tree(parsed: Parsed) -> Lifted {
    // What was cut away by a fault may be what seems to be missing.
    let mut reader = Reader { diagnostics: parsed.diagnostics, is_whole: parsed.unread.is_empty() };
    let (owner, pipeline) = match entry(&parsed.root, "pipeline") {
        Some((key, pipeline)) => {
            reader.known(&parsed.root, shape::FILE);
            (Some(key), pipeline)
        }
        None => (None, &parsed.root),
    };
    let mut properties = reader.record(pipeline, &shape::PIPELINE, owner.map(|key| &key.span));
    if let Some((key, tags)) = entry(&parsed.root, "tags").filter(|_| owner.is_some()) {
        properties.set("Tags", reader.value(tags, &shape::TAGS).under(&key.span));
    }
    let name = entry(pipeline, "name").map(|(_, name)| &name.span).or(owner.map(|key| &key.span));
    let origin = Origin::authored(name.unwrap_or(&pipeline.span));
    let mut stack = Stack { role: ROLE.into(), ..Stack::default() };
    stack.resources.insert(LOGICAL_ID.to_owned(), resource(properties, origin));
    diagnostic::sort(&mut reader.diagnostics);
    Lifted { stack, diagnostics: reader.diagnostics }
}

fn resource(properties: Value, origin: Origin) -> Resource {
    Resource::new("AWS::CodePipeline::Pipeline", LOGICAL_ID.to_owned(), properties, origin)
}

fn entry<'a>(node: &'a Node, name: &str) -> Option<(&'a Key, &'a Node)> {
    let Syntax::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key.text == name).map(|entry| (&entry.key, &entry.value))
}
