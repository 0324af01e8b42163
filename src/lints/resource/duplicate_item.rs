use super::words::place;
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/duplicate-item", level: Level::Error, page: include_str!("duplicate_item.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::DuplicateItem { first } = violation.fault else { continue };
        let message = format!("{} holds this item before, and CloudFormation refuses equal items", place(violation));
        findings.push(
            Diagnostic::new(&LINT.rule, violation.span, message)
                .related(first, "the same item")
                .help("remove one of the two"),
        );
    }
}
