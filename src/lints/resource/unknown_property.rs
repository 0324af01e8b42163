use super::words::owner;
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/unknown-property", level: Level::Error, page: include_str!("unknown_property.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::UnknownProperty { name, shape } = violation.fault else { continue };
        let owner = owner(violation);
        let message = format!("{owner} has no property `{name}`, so CloudFormation refuses the stack");
        let help = match nearest(name, shape.names()) {
            Some(near) => format!("write `{near}`"),
            None if (1..=12).contains(&shape.names().count()) => {
                format!("remove it, or use one of {}", list(shape.names()))
            }
            None => format!("remove it, or put it where {owner} takes it"),
        };
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help));
    }
}
