//! What AWS refuses of a function.

use crate::diagnostic::{Level, Rule};

pub(super) static CODE: Rule = Rule { name: "functions/code", level: Level::Error, page: include_str!("code.md") };
pub(super) static LIMITS: Rule = Rule { name: "functions/limits", level: Level::Error, page: include_str!("limits.md") };

pub(super) static RULES: &[&Rule] = &[&CODE, &LIMITS];
