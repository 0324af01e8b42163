//! Roles, policies, keys and secrets.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
