use super::words::place;
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/missing-property", level: Level::Error, page: include_str!("missing_property.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::MissingProperty { name } = violation.fault else { continue };
        let message = format!("{} lacks `{name}`, without which CloudFormation refuses it", place(violation));
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(format!("add `{name}`")));
    }
}
