//! Lambda functions and what starts them.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
