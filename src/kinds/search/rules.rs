//! What AWS refuses of an OpenSearch domain.

use crate::diagnostic::{Level, Rule};

pub(super) static INSTANCE: Rule =
    Rule { name: "search/instance", level: Level::Error, page: include_str!("instance.md") };
pub(super) static MASTERS: Rule =
    Rule { name: "search/masters", level: Level::Error, page: include_str!("masters.md") };
pub(super) static STORAGE: Rule =
    Rule { name: "search/storage", level: Level::Error, page: include_str!("storage.md") };
pub(super) static TEMPLATES: Rule =
    Rule { name: "search/templates", level: Level::Error, page: include_str!("templates.md") };
pub(super) static ZONES: Rule = Rule { name: "search/zones", level: Level::Error, page: include_str!("zones.md") };

pub(super) static RULES: &[&Rule] = &[&INSTANCE, &MASTERS, &STORAGE, &TEMPLATES, &ZONES];
