//! What DynamoDB refuses of a table, or never does.

use crate::diagnostic::{Level, Rule};

pub(super) static KEYS: Rule = Rule { name: "tables/keys", level: Level::Error, page: include_str!("rules/keys.md") };
pub(super) static INDEXES: Rule =
    Rule { name: "tables/indexes", level: Level::Error, page: include_str!("rules/indexes.md") };
pub(super) static TTL: Rule = Rule { name: "tables/ttl", level: Level::Error, page: include_str!("rules/ttl.md") };
pub(super) static NO_STREAM: Rule =
    Rule { name: "tables/no-stream", level: Level::Error, page: include_str!("rules/no-stream.md") };

pub(super) static RULES: &[&Rule] = &[&KEYS, &INDEXES, &TTL, &NO_STREAM];
