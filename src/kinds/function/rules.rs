//! What AWS refuses of a function.

use crate::diagnostic::{Level, Rule};

pub(super) static CODE: Rule = Rule { name: "functions/code", level: Level::Error, page: include_str!("code.md") };
pub(super) static PACKAGE: Rule =
    Rule { name: "functions/package", level: Level::Error, page: include_str!("package.md") };
pub(super) static LIMITS: Rule =
    Rule { name: "functions/limits", level: Level::Error, page: include_str!("limits.md") };

pub(super) static SHIFT: Rule = Rule { name: "functions/shift", level: Level::Error, page: include_str!("shift.md") };
pub(super) static SAME_SOURCE: Rule =
    Rule { name: "functions/same-source", level: Level::Error, page: include_str!("same-source.md") };
pub(super) static FIFO_FAILURES: Rule =
    Rule { name: "functions/fifo-failures", level: Level::Error, page: include_str!("fifo-failures.md") };
pub(super) static OWN_TRIGGER: Rule =
    Rule { name: "functions/own-trigger", level: Level::Warning, page: include_str!("own-trigger.md") };

pub(super) static RULES: &[&Rule] = &[&CODE, &PACKAGE, &LIMITS, &SHIFT, &SAME_SOURCE, &FIFO_FAILURES, &OWN_TRIGGER];
