//! Managed Service for Apache Flink.

mod code_bucket_in_same_stack;
mod code_content;
mod empty_property_group;
mod ignored_settings;
mod incomplete_key;
mod logging_to_group;
mod metrics_of_every_task;
mod name_of_the_api;
mod never_started;
mod no_checkpoints;
mod no_snapshots;
mod not_the_arn_of_a_bucket;
mod notebook_mode;
mod parallelism_quota;
mod repeated_property_group;
mod restore_left_in;
mod retired_runtime;
mod rollback_without_snapshots;
mod same_code_key;
mod two_logging_options;
mod uneven_parallelism;
mod unfit_checkpoint_interval;
mod unnamed_snapshot;

#[cfg(test)]
#[path = "tests/application.rs"]
mod application_tests;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &code_bucket_in_same_stack::LINT,
    &code_content::LINT,
    &empty_property_group::LINT,
    &ignored_settings::LINT,
    &incomplete_key::LINT,
    &logging_to_group::LINT,
    &metrics_of_every_task::LINT,
    &name_of_the_api::LINT,
    &never_started::LINT,
    &no_checkpoints::LINT,
    &no_snapshots::LINT,
    &not_the_arn_of_a_bucket::LINT,
    &notebook_mode::LINT,
    &parallelism_quota::LINT,
    &repeated_property_group::LINT,
    &restore_left_in::LINT,
    &retired_runtime::LINT,
    &rollback_without_snapshots::LINT,
    &same_code_key::LINT,
    &two_logging_options::LINT,
    &uneven_parallelism::LINT,
    &unfit_checkpoint_interval::LINT,
    &unnamed_snapshot::LINT,
];
