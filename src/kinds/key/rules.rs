//! What AWS refuses of a key.

use crate::diagnostic::{Level, Rule};

pub(super) static ROTATION: Rule =
    Rule { name: "keys/rotation", level: Level::Error, page: include_str!("rotation.md") };

pub(super) static RULES: &[&Rule] = &[&ROTATION];
