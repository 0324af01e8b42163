//! Managed Service for Apache Flink.

mod misspelt_stream;
mod no_python_main;
mod parallelism_above_shards;
mod public_subnet;
mod region_mismatch;
mod unfit_python_option;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &misspelt_stream::LINT,
    &no_python_main::LINT,
    &parallelism_above_shards::LINT,
    &public_subnet::LINT,
    &region_mismatch::LINT,
    &unfit_python_option::LINT,
];
