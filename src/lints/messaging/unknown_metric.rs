use super::watched::{near_metric, watched};
use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/unknown-metric", level: Level::Warning, page: include_str!("unknown_metric.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for watched in watched(system) {
        let (Some(facts), Some(name)) = (watched.facts(), text(watched.metric)) else { continue };
        if facts.has_metric(&name) {
            continue;
        }
        let Some(near) = near_metric(facts, &name) else { continue };
        let message = format!("the service has no metric `{name}`, so the alarm never sees a value");
        findings.push(
            Diagnostic::new(&LINT.rule, &watched.metric.origin.span, message)
                .related(&watched.namespace.origin.span, "the service")
                .help(format!("write `{near}`")),
        );
    }
}
