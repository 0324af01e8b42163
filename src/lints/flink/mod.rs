//! Managed Service for Apache Flink.

mod another_flink;
mod code_bucket_in_same_stack;
mod code_content;
mod empty_property_group;
mod gone_metric;
mod ignored_settings;
mod incomplete_key;
mod log_stream_comes_late;
mod logging_to_group;
mod metrics_of_every_task;
mod missing_permission;
mod missing_property_group;
mod misspelt_stream;
mod name_of_the_api;
mod never_started;
mod newer_java;
mod no_checkpoints;
mod no_python_main;
mod no_snapshots;
mod not_the_arn_of_a_bucket;
mod notebook_mode;
mod parallelism_above_shards;
mod parallelism_quota;
mod public_subnet;
mod region_mismatch;
mod repeated_property_group;
mod restore_left_in;
mod retired_runtime;
mod rollback_without_snapshots;
mod same_code_key;
mod shared_consumer;
#[cfg(test)]
mod tests;
mod too_many_readers;
mod two_logging_options;
mod uneven_parallelism;
mod unfit_checkpoint_interval;
mod unfit_connector;
mod unfit_python_option;
mod unnamed_snapshot;
mod updated_beside_stack;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &another_flink::LINT,
    &code_bucket_in_same_stack::LINT,
    &code_content::LINT,
    &empty_property_group::LINT,
    &gone_metric::LINT,
    &ignored_settings::LINT,
    &incomplete_key::LINT,
    &log_stream_comes_late::LINT,
    &logging_to_group::LINT,
    &metrics_of_every_task::LINT,
    &missing_property_group::LINT,
    &misspelt_stream::LINT,
    &name_of_the_api::LINT,
    &never_started::LINT,
    &newer_java::LINT,
    &no_checkpoints::LINT,
    &no_python_main::LINT,
    &no_snapshots::LINT,
    &not_the_arn_of_a_bucket::LINT,
    &notebook_mode::LINT,
    &parallelism_above_shards::LINT,
    &parallelism_quota::LINT,
    &public_subnet::LINT,
    &region_mismatch::LINT,
    &repeated_property_group::LINT,
    &restore_left_in::LINT,
    &retired_runtime::LINT,
    &rollback_without_snapshots::LINT,
    &same_code_key::LINT,
    &shared_consumer::LINT,
    &too_many_readers::LINT,
    &two_logging_options::LINT,
    &uneven_parallelism::LINT,
    &unfit_checkpoint_interval::LINT,
    &unfit_connector::LINT,
    &unfit_python_option::LINT,
    &unnamed_snapshot::LINT,
    &updated_beside_stack::LINT,
    &missing_permission::LINT,
];
