//! What AWS refuses of a queue.

use crate::diagnostic::{Level, Rule};

pub(super) static LIMITS: Rule = Rule { name: "queues/limits", level: Level::Error, page: include_str!("limits.md") };

pub(super) static DEAD_LETTERS: Rule =
    Rule { name: "queues/dead-letters", level: Level::Error, page: include_str!("dead-letters.md") };

pub(super) static RULES: &[&Rule] = &[&LIMITS, &DEAD_LETTERS];
