//! What AWS refuses of a network, or what would have no effect.

use crate::diagnostic::{Level, Rule};

pub(super) static KEYS: Rule = Rule { name: "networks/keys", level: Level::Error, page: include_str!("keys.md") };
pub(super) static NO_WAY: Rule =
    Rule { name: "networks/no-way", level: Level::Warning, page: include_str!("no-way.md") };
pub(super) static OUT_OF_REACH: Rule =
    Rule { name: "networks/out-of-reach", level: Level::Error, page: include_str!("out-of-reach.md") };
pub(super) static SAME_ENDPOINT: Rule =
    Rule { name: "networks/same-endpoint", level: Level::Error, page: include_str!("same-endpoint.md") };
pub(super) static SECURITY_GROUPS: Rule =
    Rule { name: "networks/security-groups", level: Level::Error, page: include_str!("security-groups.md") };

pub(super) static RULES: &[&Rule] = &[&KEYS, &NO_WAY, &OUT_OF_REACH, &SAME_ENDPOINT, &SECURITY_GROUPS];
