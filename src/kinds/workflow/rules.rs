//! What AWS refuses of a workflow.

use crate::diagnostic::{Level, Rule};

pub(super) static DEFINITION: Rule =
    Rule { name: "workflows/definition", level: Level::Error, page: include_str!("definition.md") };
pub(super) static UNKNOWN_STATE: Rule =
    Rule { name: "workflows/unknown-state", level: Level::Error, page: include_str!("unknown-state.md") };
pub(super) static WAIT_IN_EXPRESS: Rule =
    Rule { name: "workflows/wait-in-express", level: Level::Error, page: include_str!("wait-in-express.md") };
pub(super) static UNKNOWN_NAME: Rule =
    Rule { name: "workflows/unknown-name", level: Level::Error, page: include_str!("unknown-name.md") };
pub(super) static EXPRESS_STEP: Rule =
    Rule { name: "workflows/express-step", level: Level::Error, page: include_str!("express-step.md") };

pub(super) static RULES: &[&Rule] = &[&DEFINITION, &UNKNOWN_STATE, &WAIT_IN_EXPRESS, &UNKNOWN_NAME, &EXPRESS_STEP];
