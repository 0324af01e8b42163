//! Queues, topics, event rules, schedules, IoT rules, alarms, log groups and dashboards.

mod dead_letter_kind;
mod dead_letters_expire;
mod event_pattern;
mod fifo;
mod fifo_queue_name;
mod fifo_setting_of_standard_queue;
mod fifo_throughput;
mod fifo_topic_name;
mod flexible_window;
mod no_target;
mod patterns;
mod schedule_expression;
mod schedule_on_custom_bus;
mod schedules;
#[cfg(test)]
mod tests;
mod time_zone;
mod unknown_event_field;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &dead_letter_kind::LINT,
    &dead_letters_expire::LINT,
    &event_pattern::LINT,
    &fifo_queue_name::LINT,
    &fifo_setting_of_standard_queue::LINT,
    &fifo_throughput::LINT,
    &fifo_topic_name::LINT,
    &flexible_window::LINT,
    &no_target::LINT,
    &schedule_expression::LINT,
    &schedule_on_custom_bus::LINT,
    &time_zone::LINT,
    &unknown_event_field::LINT,
];
