//! What AWS refuses of a bucket.

use crate::diagnostic::{Level, Rule};

pub(super) static EXPIRE: Rule = Rule { name: "buckets/expire", level: Level::Error, page: include_str!("expire.md") };
pub(super) static MOVE: Rule = Rule { name: "buckets/move", level: Level::Error, page: include_str!("move.md") };
pub(super) static NAME_LENGTH: Rule =
    Rule { name: "buckets/name-length", level: Level::Error, page: include_str!("name-length.md") };

pub(super) static OVERLAP: Rule =
    Rule { name: "buckets/overlap", level: Level::Error, page: include_str!("overlap.md") };

pub(super) static RULES: &[&Rule] = &[&EXPIRE, &MOVE, &NAME_LENGTH, &OVERLAP];
