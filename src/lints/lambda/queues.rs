//! How long a queue hides a message, and how long the function that reads it may take.

use crate::analysis::System;
use crate::analysis::event_source::{EventSource, event_sources};
use crate::analysis::value::{Look, integer, look};
use crate::source::Span;

/// In seconds, where a queue says nothing.
const DEFAULT_VISIBILITY: i64 = 30;
/// In seconds, where a function says nothing.
const DEFAULT_TIMEOUT: i64 = 3;

/// A queue and a function that reads it, both of one template, with times in seconds.
pub(super) struct Pair<'a> {
    pub(super) queue: &'a str,
    pub(super) visibility: i64,
    /// The time, or the name of a queue that leaves it out.
    pub(super) visibility_span: &'a Span,
    pub(super) timeout: i64,
    /// The time, or the name of a function that leaves it out.
    pub(super) timeout_span: &'a Span,
}

pub(super) fn pairs<'a>(system: &System<'a>) -> Vec<Pair<'a>> {
    event_sources(system).iter().filter_map(pair).collect()
}

fn pair<'a>(source: &EventSource<'a>) -> Option<Pair<'a>> {
    let (queue, resource) = source.source().filter(|(_, it)| it.resource_type == "AWS::SQS::Queue")?;
    let (visibility, visibility_span) = match look(&resource.properties, "/VisibilityTimeout") {
        Look::Found(value) => (integer(value)?, &value.origin.span),
        Look::Absent if !source.stack.open => (DEFAULT_VISIBILITY, &resource.origin.span),
        _ => return None,
    };
    let (_, function) = source.function()?;
    let (timeout, timeout_span) = match look(&function.properties, "/Timeout") {
        Look::Found(value) => (integer(value)?, &value.origin.span),
        Look::Absent if !source.stack.open => (DEFAULT_TIMEOUT, &function.origin.span),
        _ => return None,
    };
    Some(Pair { queue, visibility, visibility_span, timeout, timeout_span })
}
