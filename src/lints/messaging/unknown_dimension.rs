use super::watched::watched;
use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/unknown-dimension", level: Level::Warning, page: include_str!("unknown_dimension.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for watched in watched(system) {
        let (Some(facts), Some(dimensions)) = (watched.facts(), watched.dimensions()) else { continue };
        for dimension in dimensions {
            let Some(name) = text(dimension) else { continue };
            let near = nearest(&name, facts.dimensions());
            if facts.dimensions().any(|known| known == name) || (near.is_none() && !facts.is_closed()) {
                continue;
            }
            let message = format!("the service has no dimension `{name}`, so the alarm never sees a value");
            let help = match near {
                Some(near) => format!("write `{near}`"),
                None => format!("use {}", list(facts.dimensions())),
            };
            findings.push(
                Diagnostic::new(&LINT.rule, &dimension.origin.span, message)
                    .related(&watched.namespace.origin.span, "the service")
                    .help(help),
            );
        }
    }
}
