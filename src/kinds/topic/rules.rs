//! What AWS refuses of a topic.

use crate::diagnostic::{Level, Rule};

pub(super) static FIFO: Rule = Rule { name: "topics/fifo", level: Level::Error, page: include_str!("fifo.md") };

pub(super) static RULES: &[&Rule] = &[&FIFO];
