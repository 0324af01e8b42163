//! The rules of this room: what the CLI refuses to send, or CodePipeline to take.

use crate::diagnostic::{Level, Rule};

pub static UNKNOWN_KEY: Rule =
    Rule { name: "definition/unknown-key", level: Level::Error, page: include_str!("rules/unknown-key.md") };
pub static MISSING_KEY: Rule =
    Rule { name: "definition/missing-key", level: Level::Error, page: include_str!("rules/missing-key.md") };
pub static TEXT_WANTED: Rule =
    Rule { name: "definition/text-wanted", level: Level::Error, page: include_str!("rules/text-wanted.md") };
pub static WRONG_SHAPE: Rule =
    Rule { name: "definition/wrong-shape", level: Level::Error, page: include_str!("rules/wrong-shape.md") };

pub static RULES: &[&Rule] = &[&UNKNOWN_KEY, &MISSING_KEY, &TEXT_WANTED, &WRONG_SHAPE];
