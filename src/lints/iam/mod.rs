//! Roles, policies, keys and secrets.

mod action_resource_mismatch;
mod closed_to_logs;
mod closed_to_service;
mod confused_deputy;
mod missing_pass_role;
mod pass_any_role;
mod policy_comes_late;
mod secret_in_plain_text;
#[cfg(test)]
mod tests;
mod trust_principal;
mod unknown_action;
mod wildcard_administrator;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &action_resource_mismatch::LINT,
    &closed_to_logs::LINT,
    &closed_to_service::LINT,
    &confused_deputy::LINT,
    &missing_pass_role::LINT,
    &pass_any_role::LINT,
    &policy_comes_late::LINT,
    &secret_in_plain_text::LINT,
    &trust_principal::LINT,
    &unknown_action::LINT,
    &wildcard_administrator::LINT,
];
