//! CodePipeline: its structure, actions, artifacts, variables and triggers.

mod glob_matches_nothing;
mod regex_in_glob;
mod shallow_glob;
#[cfg(test)]
mod tests;
mod trigger_event;
mod trigger_filter;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &glob_matches_nothing::LINT,
    &regex_in_glob::LINT,
    &shallow_glob::LINT,
    &trigger_event::LINT,
    &trigger_filter::LINT,
];
