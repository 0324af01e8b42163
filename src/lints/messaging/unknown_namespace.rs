use super::watched::watched;
use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::metrics::meant;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/unknown-namespace", level: Level::Warning, page: include_str!("unknown_namespace.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for watched in watched(system) {
        let Some(name) = text(watched.namespace) else { continue };
        let Some(meant) = meant(&name) else { continue };
        let message = format!("no service has its metrics in `{name}`, so the alarm never sees a value");
        let help = format!("write `{meant}`");
        findings.push(Diagnostic::new(&LINT.rule, &watched.namespace.origin.span, message).help(help));
    }
}
