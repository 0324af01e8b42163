//! The rules of this room: what makes a file not a CloudFormation template.

use crate::diagnostic::{Level, Rule};

pub static NOT_A_TEMPLATE: Rule =
    Rule { name: "template/not-a-template", level: Level::Error, page: include_str!("rules/not-a-template.md") };
pub static UNKNOWN_KEY: Rule =
    Rule { name: "template/unknown-key", level: Level::Error, page: include_str!("rules/unknown-key.md") };
pub static BAD_RESOURCE: Rule =
    Rule { name: "template/bad-resource", level: Level::Error, page: include_str!("rules/bad-resource.md") };
pub static BAD_PARAMETER: Rule =
    Rule { name: "template/bad-parameter", level: Level::Error, page: include_str!("rules/bad-parameter.md") };
pub static BAD_OUTPUT: Rule =
    Rule { name: "template/bad-output", level: Level::Error, page: include_str!("rules/bad-output.md") };
pub static BAD_VALUE: Rule =
    Rule { name: "template/bad-value", level: Level::Error, page: include_str!("rules/bad-value.md") };
pub static BAD_FUNCTION: Rule =
    Rule { name: "template/bad-function", level: Level::Error, page: include_str!("rules/bad-function.md") };
pub static UNREAD_PART: Rule =
    Rule { name: "template/unread-part", level: Level::Warning, page: include_str!("rules/unread-part.md") };
pub static AMBIGUOUS_SCALAR: Rule =
    Rule { name: "template/ambiguous-scalar", level: Level::Warning, page: include_str!("rules/ambiguous-scalar.md") };

pub static RULES: &[&Rule] = &[
    &NOT_A_TEMPLATE,
    &UNKNOWN_KEY,
    &BAD_RESOURCE,
    &BAD_PARAMETER,
    &BAD_OUTPUT,
    &BAD_VALUE,
    &BAD_FUNCTION,
    &UNREAD_PART,
    &AMBIGUOUS_SCALAR,
];
