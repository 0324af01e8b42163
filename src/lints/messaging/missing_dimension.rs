use super::watched::watched;
use crate::analysis::System;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/missing-dimension", level: Level::Warning, page: include_str!("missing_dimension.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for watched in watched(system) {
        let (Some(facts), Some(dimensions)) = (watched.facts(), watched.dimensions()) else { continue };
        let given: Vec<_> = dimensions.into_iter().filter_map(text).collect();
        // What is merely misspelled is another lint's.
        let is_there = |wanted: &str| given.iter().any(|name| nearest(name, [wanted]).is_some());
        let missing: Vec<_> = facts.always().filter(|wanted| !is_there(wanted)).collect();
        if missing.is_empty() {
            continue;
        }
        let noun = if missing.len() == 1 { "dimension" } else { "dimensions" };
        let missing = list(missing);
        let message = format!("every metric of the service has the {noun} {missing}, so the alarm never sees a value");
        findings.push(
            Diagnostic::new(&LINT.rule, &watched.metric.origin.span, message)
                .related(&watched.namespace.origin.span, "the service")
                .help(format!("add {missing} to `Dimensions`")),
        );
    }
}
