//! The rules of this room.

use crate::diagnostic::{Level, Rule};

pub static SYNTAX: Rule = Rule { name: "yaml/syntax", level: Level::Error, page: "" };
pub static RULES: &[&Rule] = &[&SYNTAX];
