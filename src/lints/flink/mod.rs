//! Managed Service for Apache Flink.

mod code_bucket_in_same_stack;
mod no_snapshots;
mod restore_left_in;
mod retired_runtime;
mod same_code_key;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &code_bucket_in_same_stack::LINT,
    &no_snapshots::LINT,
    &restore_left_in::LINT,
    &retired_runtime::LINT,
    &same_code_key::LINT,
];
