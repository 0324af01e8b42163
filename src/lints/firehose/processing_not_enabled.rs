use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/processing-not-enabled",
        level: Level::Warning,
        page: include_str!("processing_not_enabled.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let some = destination.processors().is_some_and(|processors| !processors.is_empty());
        if some
            && let Some(configuration) = look(destination.value, "/ProcessingConfiguration").found()
            && look(configuration, "/Enabled").is_absent()
        {
            let message = "processors are named and not switched on, so that records are delivered as they come";
            findings.push(
                Diagnostic::new(&LINT.rule, configuration.key_span(), message)
                    .help("add `Enabled: true` to `ProcessingConfiguration`"),
            );
        }
    }
}
