//! What AWS refuses of a warehouse, and what it would leave open.

use crate::diagnostic::{Level, Rule};

pub(super) static CAPACITY: Rule =
    Rule { name: "warehouses/capacity", level: Level::Error, page: include_str!("capacity.md") };
pub(super) static NODES: Rule =
    Rule { name: "warehouses/nodes", level: Level::Warning, page: include_str!("nodes.md") };
pub(super) static NETWORK: Rule =
    Rule { name: "warehouses/network", level: Level::Error, page: include_str!("network.md") };
pub(super) static SECRET: Rule =
    Rule { name: "warehouses/secret", level: Level::Error, page: include_str!("secret.md") };
pub(super) static SQL: Rule = Rule { name: "warehouses/sql", level: Level::Error, page: include_str!("sql.md") };

pub(super) static RULES: &[&Rule] = &[&CAPACITY, &NETWORK, &NODES, &SECRET, &SQL];
