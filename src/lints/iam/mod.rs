//! Roles, policies, keys and secrets.

mod closed_to_logs;
mod policy_comes_late;
mod secret_in_plain_text;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[&closed_to_logs::LINT, &policy_comes_late::LINT, &secret_in_plain_text::LINT];
