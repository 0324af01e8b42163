//! What a graph of resources means: which action runs before which, what a buildspec runs, what a role may do, which
//! stream an application reads.
//!
//! A [`System`] holds everything that one file asks for, and makes each view of it at most once. Lints read these
//! views; none of them walks properties on its own when a view knows the answer.

pub mod account;
pub mod buildspec;
pub mod change;
pub mod code;
pub mod conform;
pub mod delivered;
pub mod event_source;
pub mod firehose;
pub mod flink;
pub mod glob;
pub mod machine;
pub mod metrics;
pub mod permission;
pub mod project;
pub mod quartz;
pub mod references;
pub mod role;
pub mod schedule;
pub mod secret;
pub mod senders;
pub mod shell;
pub mod stages;
pub mod subnets;
pub mod triggers;
pub mod value;
pub mod variables;
pub mod wiring;
pub mod written;

use std::cell::OnceCell;

use self::buildspec::Buildspec;
use crate::desired::{Desired, Resource, Stack};
use crate::source::{Files, Span};
use crate::syntax::Node;
use crate::syntax::edit::Editor;

/// Everything that one file asks for.
pub struct System<'a> {
    /// From a document, a template or a pipeline definition; empty for a buildspec.
    pub desired: &'a Desired,
    /// The root of a buildspec that is a file of its own.
    pub buildspec: Option<&'a Node>,
    /// The files beside the file.
    pub files: &'a dyn Files,
    violations: OnceCell<Vec<conform::Violation<'a>>>,
    buildspecs: OnceCell<Vec<Buildspec<'a>>>,
    editor: OnceCell<Option<Editor>>,
    code: OnceCell<code::Code>,
}

/// A resource and the stack it stands in.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub stack: &'a Stack,
    pub id: &'a str,
    pub resource: &'a Resource,
}

impl<'a> System<'a> {
    pub fn new(desired: &'a Desired, buildspec: Option<&'a Node>, files: &'a dyn Files) -> Self {
        Self {
            desired,
            buildspec,
            files,
            violations: OnceCell::new(),
            buildspecs: OnceCell::new(),
            editor: OnceCell::new(),
            code: OnceCell::new(),
        }
    }

    /// What does not fit the description of its resource type, in the order of the resources.
    pub fn violations(&self) -> &[conform::Violation<'a>] {
        self.violations.get_or_init(|| conform::violations(self))
    }

    /// What changes the file that `span` is in; `None` when it cannot be read as a whole, or is another file than before.
    pub fn editor(&self, span: &Span) -> Option<&Editor> {
        let editor = self.editor.get_or_init(|| Editor::new(&span.file)).as_ref()?;
        editor.is_of(&span.file).then_some(editor)
    }

    /// Every resource of all stacks.
    pub fn sites(&self) -> impl Iterator<Item = Site<'a>> {
        let desired = self.desired;
        desired
            .stacks
            .iter()
            .flat_map(|stack| stack.resources.iter().map(move |(id, resource)| Site { stack, id, resource }))
    }

    /// The resources of one type, e.g. `AWS::Kinesis::Stream`.
    pub fn of_type(&self, resource_type: &str) -> impl Iterator<Item = Site<'a>> {
        self.sites().filter(move |site| site.resource.resource_type == resource_type)
    }
}
