//! CodePipeline: its structure, actions, artifacts, variables and triggers.

mod bucket_sends_no_events;
mod condition_result;
mod deployment_window;
mod glob_matches_nothing;
mod never_starts;
mod parallel_deployments;
mod parallel_rollback;
mod polls_and_listens;
mod regex_in_glob;
mod rule_configuration;
mod shallow_glob;
mod source_rollback;
#[cfg(test)]
mod tests;
mod trigger_event;
mod trigger_filter;
mod trigger_source;
mod unknown_rule;
mod unknown_stage_of_transition;
mod unversioned_source_bucket;
mod variable_without_default;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &bucket_sends_no_events::LINT,
    &condition_result::LINT,
    &deployment_window::LINT,
    &glob_matches_nothing::LINT,
    &never_starts::LINT,
    &parallel_deployments::LINT,
    &parallel_rollback::LINT,
    &polls_and_listens::LINT,
    &regex_in_glob::LINT,
    &rule_configuration::LINT,
    &shallow_glob::LINT,
    &source_rollback::LINT,
    &trigger_event::LINT,
    &trigger_filter::LINT,
    &trigger_source::LINT,
    &unknown_rule::LINT,
    &unknown_stage_of_transition::LINT,
    &unversioned_source_bucket::LINT,
    &variable_without_default::LINT,
];
