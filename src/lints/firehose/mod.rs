//! Firehose deliveries.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
