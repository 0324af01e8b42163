//! What AWS refuses of a Kafka cluster.

use crate::diagnostic::{Level, Rule};

pub(super) static BROKERS: Rule = Rule { name: "kafka/brokers", level: Level::Error, page: include_str!("brokers.md") };
pub(super) static KEYS: Rule = Rule { name: "kafka/keys", level: Level::Error, page: include_str!("keys.md") };
pub(super) static MULTI_VPC: Rule =
    Rule { name: "kafka/multi-vpc", level: Level::Error, page: include_str!("multi-vpc.md") };
pub(super) static REPLICATION: Rule =
    Rule { name: "kafka/replication", level: Level::Error, page: include_str!("replication.md") };
pub(super) static SECRETS: Rule = Rule { name: "kafka/secrets", level: Level::Error, page: include_str!("secrets.md") };
pub(super) static TOPICS: Rule = Rule { name: "kafka/topics", level: Level::Error, page: include_str!("topics.md") };
pub(super) static UNKNOWN_TOPIC: Rule =
    Rule { name: "kafka/unknown-topic", level: Level::Warning, page: include_str!("unknown-topic.md") };
pub(super) static STORAGE: Rule = Rule { name: "kafka/storage", level: Level::Error, page: include_str!("storage.md") };
pub(super) static ZONES: Rule = Rule { name: "kafka/zones", level: Level::Error, page: include_str!("zones.md") };

pub(super) static RULES: &[&Rule] =
    &[&BROKERS, &KEYS, &MULTI_VPC, &REPLICATION, &SECRETS, &STORAGE, &TOPICS, &UNKNOWN_TOPIC, &ZONES];
