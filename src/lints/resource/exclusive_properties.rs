use super::words::{choice, place};
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "resource/exclusive-properties",
        level: Level::Error,
        page: include_str!("exclusive_properties.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let place = place(violation);
        let rule = &LINT.rule;
        findings.extend(match &violation.fault {
            Fault::Excluded { name, other, of_other } => Some(
                Diagnostic::new(
                    rule,
                    violation.span,
                    format!("{place} takes either `{other}` or `{name}`, and not both"),
                )
                .related(of_other, format!("`{other}` is given here"))
                .help(format!("remove `{name}` or `{other}`")),
            ),
            Fault::NoneOf { groups } => {
                let message = format!("{place} needs {}, and has none of them", choice(groups));
                Some(Diagnostic::new(rule, violation.span, message).help(format!("add {}", choice(groups))))
            }
            Fault::Needed { name, missing } => {
                let message = format!("`{name}` of {place} needs `{missing}` beside it, and that is not given");
                Some(
                    Diagnostic::new(rule, violation.span, message).help(format!("add `{missing}`, or remove `{name}`")),
                )
            }
            _ => None,
        });
    }
}
