//! Buildspecs, in files of their own and inside projects.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
