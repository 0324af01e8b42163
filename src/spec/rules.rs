//! The rules of decoding: what makes a document not a `pipeline.yaml`.

use crate::diagnostic::{Level, Rule};

pub static UNKNOWN_KEY: Rule =
    Rule { name: "spec/unknown-key", level: Level::Error, page: include_str!("rules/unknown-key.md") };
pub static MISSING_KEY: Rule =
    Rule { name: "spec/missing-key", level: Level::Error, page: include_str!("rules/missing-key.md") };
pub static WRONG_TYPE: Rule =
    Rule { name: "spec/wrong-type", level: Level::Error, page: include_str!("rules/wrong-type.md") };
pub static BAD_VALUE: Rule =
    Rule { name: "spec/bad-value", level: Level::Error, page: include_str!("rules/bad-value.md") };
pub static ONE_OF: Rule = Rule { name: "spec/one-of", level: Level::Error, page: include_str!("rules/one-of.md") };

pub static ACCOUNT_ID: Rule =
    Rule { name: "spec/account-id", level: Level::Error, page: include_str!("rules/account-id.md") };

pub static NO_FILE: Rule = Rule { name: "each/no-file", level: Level::Warning, page: include_str!("rules/no-file.md") };
pub static UNFIT_FILE: Rule =
    Rule { name: "each/unfit-file", level: Level::Error, page: include_str!("rules/unfit-file.md") };

pub static NO_MODULE: Rule =
    Rule { name: "modules/missing", level: Level::Error, page: include_str!("rules/module-missing.md") };
pub static MODULE_INPUT: Rule =
    Rule { name: "modules/input", level: Level::Error, page: include_str!("rules/module-input.md") };
pub static MODULE_OUTPUT: Rule =
    Rule { name: "modules/output", level: Level::Error, page: include_str!("rules/module-output.md") };
pub static MODULE_CYCLE: Rule =
    Rule { name: "modules/cycle", level: Level::Error, page: include_str!("rules/module-cycle.md") };
pub static NOT_FETCHED: Rule =
    Rule { name: "modules/not-fetched", level: Level::Error, page: include_str!("rules/module-not-fetched.md") };
pub static CHANGED_COPY: Rule =
    Rule { name: "modules/changed-copy", level: Level::Error, page: include_str!("rules/module-changed-copy.md") };
pub static UNUSED_INPUT: Rule =
    Rule { name: "modules/unused-input", level: Level::Warning, page: include_str!("rules/module-unused-input.md") };
pub static FAILED_TEST: Rule =
    Rule { name: "modules/failed-test", level: Level::Error, page: include_str!("rules/module-failed-test.md") };

pub static UNFIT_MOVE: Rule =
    Rule { name: "moved/unfit", level: Level::Error, page: include_str!("rules/moved-unfit.md") };
pub static MOVED_NAME_IN_USE: Rule =
    Rule { name: "moved/name-in-use", level: Level::Error, page: include_str!("rules/moved-name-in-use.md") };
pub static IDLE_MOVE: Rule =
    Rule { name: "moved/nothing", level: Level::Warning, page: include_str!("rules/moved-nothing.md") };

pub static RULES: &[&Rule] = &[
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &WRONG_TYPE,
    &BAD_VALUE,
    &ONE_OF,
    &ACCOUNT_ID,
    &NO_FILE,
    &UNFIT_FILE,
    &NO_MODULE,
    &MODULE_INPUT,
    &MODULE_OUTPUT,
    &MODULE_CYCLE,
    &NOT_FETCHED,
    &CHANGED_COPY,
    &UNUSED_INPUT,
    &FAILED_TEST,
    &UNFIT_MOVE,
    &MOVED_NAME_IN_USE,
    &IDLE_MOVE,
];
