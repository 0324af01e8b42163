use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::lambda::ending;
use crate::lints::{Effect, Lint};

use super::functions::runtimes;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/ending-runtime", level: Level::Info, page: include_str!("ending_runtime.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for value in runtimes(system) {
        let Some(runtime) = text(value) else { continue };
        let Some(facts) = ending(&runtime) else { continue };
        let successor = facts.successor.map_or_else(|| "a later runtime".to_owned(), |it| format!("`{it}`"));
        let message = format!("`{runtime}` gets no security patches after {}", facts.since);
        let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
        findings.push(found.help(format!("move the function to {successor} before")));
    }
}
