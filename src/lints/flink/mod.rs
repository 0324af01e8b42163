//! Managed Service for Apache Flink.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
