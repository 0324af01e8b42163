//! Lambda functions and what starts them.

mod beyond_limit;
mod ending_runtime;
mod environment_size;
mod event_filter;
mod event_source_setting;
mod filter_matches_nothing;
mod filters;
mod functions;
mod missing_handler;
mod missing_permission;
mod notification_before_permission;
mod notifications;
mod poison_record;
mod queue_without_dead_letters;
mod queues;
mod reserved_variable;
mod retired_runtime;
mod runtime_of_image;
mod same_code_key;
mod table_without_stream;
#[cfg(test)]
mod tests;
mod tight_visibility_timeout;
mod tumbling_parallel;
mod unordered_notification;
mod visibility_timeout;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &beyond_limit::LINT,
    &ending_runtime::LINT,
    &environment_size::LINT,
    &event_filter::LINT,
    &event_source_setting::LINT,
    &filter_matches_nothing::LINT,
    &missing_handler::LINT,
    &missing_permission::LINT,
    &notification_before_permission::LINT,
    &poison_record::LINT,
    &queue_without_dead_letters::LINT,
    &reserved_variable::LINT,
    &retired_runtime::LINT,
    &runtime_of_image::LINT,
    &same_code_key::LINT,
    &table_without_stream::LINT,
    &tight_visibility_timeout::LINT,
    &tumbling_parallel::LINT,
    &unordered_notification::LINT,
    &visibility_timeout::LINT,
];
