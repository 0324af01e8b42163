use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::lambda::{Retired, as_of, retired};
use crate::lints::{Effect, Lint};

use super::functions::runtimes;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/retired-runtime", level: Level::Warning, page: include_str!("retired_runtime.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for value in runtimes(system) {
        let Some(runtime) = text(value) else { continue };
        let Some(facts) = retired(&runtime) else { continue };
        let successor =
            facts.successor.map_or_else(|| "a runtime that is maintained".to_owned(), |it| format!("`{it}`"));
        let found = Diagnostic::new(&LINT.rule, &value.origin.span, message(&runtime, facts));
        findings.push(found.help(format!("move the function to {successor}")));
    }
}

fn message(runtime: &str, facts: Retired) -> String {
    let refusal = match facts.refuses_new {
        Some(date) if date <= as_of() => format!("; Lambda refuses new functions with it since {date}"),
        Some(date) => format!("; Lambda will refuse new functions with it from {date} on"),
        None => String::new(),
    };
    format!("`{runtime}` has had no security patches since {}{refusal}", facts.since)
}
