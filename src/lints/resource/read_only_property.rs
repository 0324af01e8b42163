use super::words::place;
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "resource/read-only-property",
        level: Level::Error,
        page: include_str!("read_only_property.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::ReadOnlyProperty = violation.fault else { continue };
        let message = format!("{} is set by AWS alone, so CloudFormation refuses it in a template", place(violation));
        let help = format!("remove it; `!GetAtt {}.{}` gives what AWS sets", violation.site.id, violation.place);
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help));
    }
}
