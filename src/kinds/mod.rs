//! The kinds of things, one folder each. Adding one is a folder and a line in [`KINDS`].

mod bucket;
mod delivery;
mod delivery_stream;
mod flink;
mod function;
mod logs;
mod queue;
mod stream;
mod topic;

use crate::model::Kind;

/// Every kind, in the order of the reference pages.
pub static KINDS: &[Kind] = &[
    delivery::REPOS,
    delivery::BUILDS,
    delivery::GATES,
    delivery::PIPELINES,
    stream::KIND,
    flink::KIND,
    function::KIND,
    delivery_stream::KIND,
    bucket::KIND,
    topic::KIND,
    queue::KIND,
    logs::KIND,
];
