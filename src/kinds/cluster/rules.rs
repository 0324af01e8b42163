//! What AWS refuses of a cluster.

use crate::diagnostic::{Level, Rule};

pub(super) static APPLICATIONS: Rule =
    Rule { name: "clusters/applications", level: Level::Error, page: include_str!("applications.md") };
pub(super) static LIMITS: Rule = Rule { name: "clusters/limits", level: Level::Error, page: include_str!("limits.md") };
pub(super) static RELEASE: Rule =
    Rule { name: "clusters/release", level: Level::Error, page: include_str!("release.md") };

pub(super) static STEPS: Rule = Rule { name: "clusters/steps", level: Level::Error, page: include_str!("steps.md") };

pub(super) static RULES: &[&Rule] = &[&APPLICATIONS, &LIMITS, &RELEASE, &STEPS];
