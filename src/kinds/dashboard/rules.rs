//! What a dashboard cannot show.

use crate::diagnostic::{Level, Rule};

pub(super) static NO_METRICS: Rule =
    Rule { name: "dashboards/no-metrics", level: Level::Error, page: include_str!("no-metrics.md") };

pub(super) static RULES: &[&Rule] = &[&NO_METRICS];
