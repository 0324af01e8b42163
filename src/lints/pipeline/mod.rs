//! CodePipeline: its structure, actions, artifacts, variables and triggers.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
