//! Queues, topics, event rules, schedules, IoT rules, alarms, log groups and dashboards.

mod bucket_sends_no_events;
mod constant_partition_key;
mod dashboard_region;
mod dashboards;
mod dead_letter_kind;
mod dead_letters_expire;
mod default_sql_version;
mod encrypted_target;
mod event_pattern;
mod fifo;
mod fifo_queue_name;
mod fifo_setting_of_standard_queue;
mod fifo_throughput;
mod fifo_topic_name;
mod flexible_window;
mod iot;
mod kept_forever;
mod missing_action_role;
mod missing_data_of_liveness;
mod missing_dimension;
mod missing_subscription_role;
mod more_datapoints_than_periods;
mod no_error_action;
mod no_target;
mod not_a_query;
mod notification_without_permission;
mod patterns;
mod period;
mod periods;
mod raw_delivery;
mod repeated_target;
mod retired_action;
mod schedule_expression;
mod schedule_on_custom_bus;
mod schedules;
mod several_inputs;
mod span;
mod sql_version;
mod subscription_endpoint;
mod subscription_of_fifo;
mod subscription_without_permission;
mod subscriptions;
mod target_without_permission;
#[cfg(test)]
mod tests;
mod time_zone;
mod unknown_dimension;
mod unknown_event_field;
mod unknown_metric;
mod unknown_metric_of_widget;
mod unknown_namespace;
mod unreadable_dashboard;
mod watched;
mod without_action;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &bucket_sends_no_events::LINT,
    &constant_partition_key::LINT,
    &dashboard_region::LINT,
    &dead_letter_kind::LINT,
    &dead_letters_expire::LINT,
    &default_sql_version::LINT,
    &encrypted_target::LINT,
    &event_pattern::LINT,
    &fifo_queue_name::LINT,
    &fifo_setting_of_standard_queue::LINT,
    &fifo_throughput::LINT,
    &fifo_topic_name::LINT,
    &flexible_window::LINT,
    &kept_forever::LINT,
    &missing_action_role::LINT,
    &missing_data_of_liveness::LINT,
    &missing_dimension::LINT,
    &missing_subscription_role::LINT,
    &more_datapoints_than_periods::LINT,
    &no_error_action::LINT,
    &no_target::LINT,
    &not_a_query::LINT,
    &notification_without_permission::LINT,
    &period::LINT,
    &raw_delivery::LINT,
    &repeated_target::LINT,
    &retired_action::LINT,
    &schedule_expression::LINT,
    &schedule_on_custom_bus::LINT,
    &several_inputs::LINT,
    &span::LINT,
    &sql_version::LINT,
    &subscription_endpoint::LINT,
    &subscription_of_fifo::LINT,
    &subscription_without_permission::LINT,
    &target_without_permission::LINT,
    &time_zone::LINT,
    &unknown_dimension::LINT,
    &unknown_event_field::LINT,
    &unknown_metric::LINT,
    &unknown_metric_of_widget::LINT,
    &unknown_namespace::LINT,
    &unreadable_dashboard::LINT,
    &without_action::LINT,
];
