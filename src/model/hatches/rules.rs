//! The rules of escape hatches.

use crate::diagnostic::{Level, Rule};

pub static NO_RESOURCE: Rule =
    Rule { name: "overrides/no-resource", level: Level::Error, page: include_str!("no-resource.md") };
pub static WITHOUT_EFFECT: Rule =
    Rule { name: "overrides/without-effect", level: Level::Info, page: include_str!("without-effect.md") };
pub static NO_PERMISSION: Rule =
    Rule { name: "resources/no-permission", level: Level::Warning, page: include_str!("no-permission.md") };

pub static RULES: &[&Rule] = &[&NO_RESOURCE, &WITHOUT_EFFECT, &NO_PERMISSION];
