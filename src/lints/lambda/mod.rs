//! Lambda functions and what starts them.

mod event_source_setting;
mod poison_record;
mod queue_without_dead_letters;
mod queues;
mod tight_visibility_timeout;
mod tumbling_parallel;
mod visibility_timeout;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &event_source_setting::LINT,
    &poison_record::LINT,
    &queue_without_dead_letters::LINT,
    &tight_visibility_timeout::LINT,
    &tumbling_parallel::LINT,
    &visibility_timeout::LINT,
];
