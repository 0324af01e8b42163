use crate::analysis::System;
use crate::analysis::value::{Look, look};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/no-target", level: Level::Warning, page: include_str!("no_target.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule").filter(|site| !site.stack.open) {
        let span = match look(&site.resource.properties, "/Targets") {
            Look::Absent => &site.resource.origin.span,
            Look::Found(targets) if matches!(&targets.kind, ValueKind::List(items) if items.is_empty()) => {
                targets.key_span()
            }
            _ => continue,
        };
        let message = format!("the rule `{}` has no target: what it matches goes nowhere", site.id);
        let help = "add `Targets` with the `Id` and `Arn` of what is to happen, or remove the rule";
        findings.push(Diagnostic::new(&LINT.rule, span, message).help(help));
    }
}
