//! CodeBuild projects.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
