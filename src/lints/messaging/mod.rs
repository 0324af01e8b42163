//! Queues, topics, event rules, schedules, IoT rules and alarms.

use super::Lint;

pub(super) static LINTS: &[&Lint] = &[];
