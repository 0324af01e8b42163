//! What is wrong with a secret.

use crate::diagnostic::{Level, Rule};

pub(super) static AMBIGUOUS_NAME: Rule =
    Rule { name: "secrets/ambiguous-name", level: Level::Error, page: include_str!("ambiguous-name.md") };

pub(super) static RULES: &[&Rule] = &[&AMBIGUOUS_NAME];
