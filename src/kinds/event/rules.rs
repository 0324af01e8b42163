//! What AWS refuses of a rule or schedule, and what would never start anything.

use crate::diagnostic::{Level, Rule};

pub(super) static NULL_IN_PATTERN: Rule =
    Rule { name: "events/null-in-pattern", level: Level::Error, page: include_str!("null-in-pattern.md") };
pub(super) static UNFIT_KEY: Rule =
    Rule { name: "events/unfit-key", level: Level::Error, page: include_str!("unfit-key.md") };
pub(super) static TARGETS: Rule =
    Rule { name: "events/targets", level: Level::Error, page: include_str!("targets.md") };
pub(super) static UNDEFINED_PART: Rule =
    Rule { name: "events/undefined-part", level: Level::Error, page: include_str!("undefined-part.md") };
pub(super) static LIMITS: Rule = Rule { name: "events/limits", level: Level::Error, page: include_str!("limits.md") };
pub(super) static OUT_OF_REACH: Rule =
    Rule { name: "events/out-of-reach", level: Level::Error, page: include_str!("out-of-reach.md") };

pub(super) static RULES: &[&Rule] = &[&NULL_IN_PATTERN, &UNFIT_KEY, &TARGETS, &UNDEFINED_PART, &LIMITS, &OUT_OF_REACH];
