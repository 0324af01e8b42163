use super::words::{place, types};
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/wrong-type", level: Level::Error, page: include_str!("wrong_type.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::WrongType { found, wanted } = violation.fault else { continue };
        let wanted = types(wanted);
        let message = format!("{} is {found}, and CloudFormation takes {wanted}", place(violation));
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(format!("write {wanted}")));
    }
}
