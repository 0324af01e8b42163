//! What is wrong with a rule of AWS IoT.

use crate::diagnostic::{Level, Rule};

pub(super) static IGNORED_KEY: Rule =
    Rule { name: "devices/ignored-key", level: Level::Error, page: include_str!("ignored-key.md") };
pub(super) static PUBLISH: Rule =
    Rule { name: "devices/publish", level: Level::Error, page: include_str!("publish.md") };
pub(super) static RECEIVERS: Rule =
    Rule { name: "devices/receivers", level: Level::Error, page: include_str!("receivers.md") };

pub(super) static RULES: &[&Rule] = &[&IGNORED_KEY, &PUBLISH, &RECEIVERS];
