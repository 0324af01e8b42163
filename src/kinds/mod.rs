//! The kinds of things, one folder each. Adding one is a folder and a line in [`KINDS`].

mod api;
mod bucket;
mod delivery;
mod device;
mod flink;
mod function;
mod key;
mod logs;
mod queue;
mod secret;
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
    device::KIND,
    api::KIND,
    bucket::KIND,
    topic::KIND,
    queue::KIND,
    logs::KIND,
    secret::KIND,
    key::KIND,
];
