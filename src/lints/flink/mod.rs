//! Managed Service for Apache Flink.

mod another_flink;
mod dead_metric;
mod gone_metric;
mod missing_property_group;
mod misspelt_stream;
mod newer_java;
mod no_python_main;
mod parallelism_above_shards;
mod public_subnet;
mod region_mismatch;
mod shared_consumer;
mod too_many_readers;
mod unfit_connector;
mod unfit_python_option;
mod updated_beside_stack;

#[cfg(test)]
#[path = "tests/code.rs"]
mod code_tests;
#[cfg(test)]
#[path = "tests/wiring.rs"]
mod wiring_tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &another_flink::LINT,
    &dead_metric::LINT,
    &gone_metric::LINT,
    &missing_property_group::LINT,
    &misspelt_stream::LINT,
    &newer_java::LINT,
    &no_python_main::LINT,
    &parallelism_above_shards::LINT,
    &public_subnet::LINT,
    &region_mismatch::LINT,
    &shared_consumer::LINT,
    &too_many_readers::LINT,
    &unfit_connector::LINT,
    &unfit_python_option::LINT,
    &updated_beside_stack::LINT,
];
