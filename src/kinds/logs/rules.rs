//! What AWS refuses of a log group.

use crate::diagnostic::{Level, Rule};

pub(super) static RETENTION: Rule = Rule { name: "logs/retention", level: Level::Error, page: include_str!("retention.md") };

pub(super) static RULES: &[&Rule] = &[&RETENTION];
