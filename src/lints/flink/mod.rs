//! Managed Service for Apache Flink.

mod missing_permission;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &missing_permission::LINT,
];
