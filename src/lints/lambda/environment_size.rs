use super::functions::variables;
use crate::analysis::System;
use crate::analysis::value::{entries, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/environment-size", level: Level::Error, page: include_str!("environment_size.md") },
    effect: Effect::Deployment,
    check,
};

/// In bytes, for all names and values together.
///
/// Source: Lambda Developer Guide, Lambda quotas (read 2026-04).
const LARGEST: usize = 4096;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for variables in variables(system) {
        let size: usize =
            entries(variables).iter().map(|(name, value)| name.len() + text(value).map_or(0, |text| text.len())).sum();
        if size > LARGEST {
            let message = format!(
                "the environment variables have at least {size} bytes, and Lambda refuses more than {LARGEST} in all"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, variables.key_span(), message).help(
                    "put what is long into a parameter of Systems Manager or a file of the code, and read it there",
                ),
            );
        }
    }
}
