use super::words::{limits, place};
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/out-of-range", level: Level::Error, page: include_str!("out_of_range.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::OutOfRange { value, range } = violation.fault else { continue };
        let range = limits(range);
        let message = format!("{} is {value}, and AWS takes {range}", place(violation));
        findings
            .push(Diagnostic::new(&LINT.rule, violation.span, message).help(format!("write a number that is {range}")));
    }
}
