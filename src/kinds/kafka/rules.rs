//! What AWS refuses of a Kafka cluster.

use crate::diagnostic::{Level, Rule};

pub(super) static BROKERS: Rule = Rule { name: "kafka/brokers", level: Level::Error, page: include_str!("brokers.md") };
pub(super) static KEYS: Rule = Rule { name: "kafka/keys", level: Level::Error, page: include_str!("keys.md") };
pub(super) static STORAGE: Rule = Rule { name: "kafka/storage", level: Level::Error, page: include_str!("storage.md") };
pub(super) static ZONES: Rule = Rule { name: "kafka/zones", level: Level::Error, page: include_str!("zones.md") };

pub(super) static RULES: &[&Rule] = &[&BROKERS, &KEYS, &STORAGE, &ZONES];
