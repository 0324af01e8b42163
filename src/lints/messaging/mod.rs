//! Queues, topics, event rules, schedules, IoT rules and alarms.

mod encrypted_target;
mod target_without_permission;

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[
    &encrypted_target::LINT,
    &target_without_permission::LINT,
];
