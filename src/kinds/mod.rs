//! The kinds of things, one folder each. Adding one is a folder and a line in [`KINDS`].

mod api;
mod bucket;
mod catalog;
mod cluster;
mod dashboard;
mod delivery;
mod delivery_stream;
mod device;
mod event;
mod flink;
mod function;
mod job;
mod kafka;
mod key;
mod logs;
mod model_endpoint;
mod network;
mod queue;
mod search;
mod secret;
mod step_function;
mod stream;
mod table;
mod topic;
mod warehouse;
mod workflow;

use crate::model::{Kind, Lowering};

/// Every kind, in the order of the reference pages.
pub static KINDS: &[Kind] = &[
    delivery::REPOS,
    delivery::BUILDS,
    delivery::GATES,
    delivery::PIPELINES,
    stream::KIND,
    kafka::KIND,
    flink::KIND,
    function::KIND,
    workflow::KIND,
    event::KIND,
    event::BUSES,
    device::KIND,
    api::KIND,
    delivery_stream::KIND,
    bucket::KIND,
    table::KIND,
    catalog::KIND,
    job::KIND,
    cluster::KIND,
    warehouse::KIND,
    search::KIND,
    model_endpoint::KIND,
    topic::KIND,
    queue::KIND,
    logs::KIND,
    network::KIND,
    secret::KIND,
    key::KIND,
    // Shows what all others made, so it comes last.
    dashboard::KIND,
];

/// What stands beside all things, in the order in which it is added.
pub static BESIDE: &[fn(&mut Lowering<'_>)] = &[delivery::watch];
