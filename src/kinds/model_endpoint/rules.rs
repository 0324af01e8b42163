//! What AWS refuses of a model.

use crate::diagnostic::{Level, Rule};

pub(super) static DATA: Rule = Rule { name: "models/data", level: Level::Error, page: include_str!("data.md") };
pub(super) static IMAGE: Rule = Rule { name: "models/image", level: Level::Error, page: include_str!("image.md") };
pub(super) static MEMORY: Rule = Rule { name: "models/memory", level: Level::Error, page: include_str!("memory.md") };

pub(super) static RULES: &[&Rule] = &[&DATA, &IMAGE, &MEMORY];
