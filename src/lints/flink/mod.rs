//! Managed Service for Apache Flink.

mod dead_metric;
mod gone_metric;
mod misspelt_stream;
mod no_python_main;
mod parallelism_above_shards;
mod public_subnet;
mod region_mismatch;
mod shared_consumer;
mod too_many_readers;
mod unfit_python_option;
mod updated_beside_stack;

mod code_bucket_in_same_stack;
mod no_snapshots;
mod restore_left_in;
mod retired_runtime;
mod same_code_key;
#[cfg(test)]
#[path = "tests/wiring.rs"]
mod wiring_tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &dead_metric::LINT,
    &gone_metric::LINT,
    &misspelt_stream::LINT,
    &no_python_main::LINT,
    &parallelism_above_shards::LINT,
    &public_subnet::LINT,
    &region_mismatch::LINT,
    &shared_consumer::LINT,
    &too_many_readers::LINT,
    &unfit_python_option::LINT,
    &updated_beside_stack::LINT,
    &code_bucket_in_same_stack::LINT,
    &no_snapshots::LINT,
    &restore_left_in::LINT,
    &retired_runtime::LINT,
    &same_code_key::LINT,
];
