//! The kinds of things, one folder each. Adding one is a folder and a line in [`KINDS`].

mod bucket;
mod delivery;
mod flink;
mod function;
mod logs;
mod queue;
mod stream;
mod table;
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
    bucket::KIND,
    topic::KIND,
    queue::KIND,
    table::KIND,
    logs::KIND,
];
