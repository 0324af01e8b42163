use super::words::{limits, place, units};
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/length", level: Level::Error, page: include_str!("length.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::Length { count, unit, limits: allowed } = violation.fault else { continue };
        let (allowed, unit) = (limits(allowed), units(unit, count));
        let message = format!("{} has {count} {unit}, and AWS takes {allowed}", place(violation));
        let help = format!("change it so that it has {allowed}");
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help));
    }
}
