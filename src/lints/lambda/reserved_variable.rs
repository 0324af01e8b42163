use super::functions::variables;
use crate::analysis::System;
use crate::analysis::value::entries;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/reserved-variable", level: Level::Error, page: include_str!("reserved_variable.md") },
    effect: Effect::Deployment,
    check,
};

/// Source: Lambda Developer Guide, Working with Lambda environment variables, reserved variables (read 2026-04).
const RESERVED: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (name, value) in variables(system).into_iter().flat_map(entries) {
        if RESERVED.contains(&name.as_str()) {
            let message = format!("Lambda sets `{name}` itself and refuses a function that does");
            findings.push(Diagnostic::new(&LINT.rule, value.key_span(), message).help(format!(
                "remove the variable, or give it a name of your own such as `APP{}{name}`",
                if name.starts_with('_') { "" } else { "_" }
            )));
        }
    }
}
