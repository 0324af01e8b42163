//! Roles, policies, keys and secrets.

mod secret_in_plain_text;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&secret_in_plain_text::LINT];
