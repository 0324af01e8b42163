//! CloudFormation itself: limits, order, names, and what a deletion takes along.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
