//! What AWS refuses of a stream.

use crate::diagnostic::{Level, Rule};

pub(super) static RETENTION: Rule =
    Rule { name: "streams/retention", level: Level::Error, page: include_str!("retention.md") };
pub(super) static SHARDS: Rule = Rule { name: "streams/shards", level: Level::Error, page: include_str!("shards.md") };

pub(super) static RULES: &[&Rule] = &[&RETENTION, &SHARDS];
