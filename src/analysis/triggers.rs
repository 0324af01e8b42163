//! What starts a pipeline by a Git event: the filters of its triggers.

use crate::analysis::glob::Subject;
use crate::analysis::stages::below;
use crate::analysis::value::{alternatives, look};
use crate::desired::Value;

/// One filter: its parts must all be met, and one filter of a trigger that is met is enough.
#[derive(Debug)]
pub struct Filter<'a> {
    pub value: &'a Value,
    pub event: Event,
}

/// What a filter listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Push,
    PullRequest,
}

/// The patterns for one kind of name.
#[derive(Debug)]
pub struct Patterns<'a> {
    pub subject: Subject,
    pub includes: Vec<&'a Value>,
    pub excludes: Vec<&'a Value>,
}

/// The triggers of a pipeline, from its properties; those of all branches of a condition.
pub fn triggers(pipeline: &Value) -> Vec<&Value> {
    below(pipeline, "/Triggers")
}

/// The filters of all triggers of a pipeline.
pub fn filters(pipeline: &Value) -> Vec<Filter<'_>> {
    let of = |trigger, pointer, event| {
        let filters = below(trigger, pointer).into_iter();
        filters.map(move |value| Filter { value, event }).collect::<Vec<_>>()
    };
    let both = triggers(pipeline).into_iter().map(|trigger| {
        let push = of(trigger, "/GitConfiguration/Push", Event::Push);
        let pull = of(trigger, "/GitConfiguration/PullRequest", Event::PullRequest);
        [push, pull]
    });
    both.flatten().flatten().collect()
}

impl<'a> Filter<'a> {
    /// The patterns of each part that is written.
    pub fn patterns(&self) -> Vec<Patterns<'a>> {
        [("/Branches", Subject::Branch), ("/Tags", Subject::Tag), ("/FilePaths", Subject::FilePath)]
            .into_iter()
            .flat_map(|(pointer, subject)| {
                let parts = look(self.value, pointer).found().map(alternatives).unwrap_or_default();
                parts.into_iter().map(move |part| Patterns {
                    subject,
                    includes: below(part, "/Includes"),
                    excludes: below(part, "/Excludes"),
                })
            })
            .collect()
    }
}
