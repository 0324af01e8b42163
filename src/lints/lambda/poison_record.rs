use crate::analysis::System;
use crate::analysis::event_source::{EventSource, Kind, event_sources};
use crate::analysis::value::{Look, boolean, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/poison-record", level: Level::Warning, page: include_str!("poison_record.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for source in event_sources(system) {
        let endless = ["/MaximumRetryAttempts", "/MaximumRecordAgeInSeconds"]
            .iter()
            .all(|pointer| look(source.properties, pointer).is_absent());
        if source.kind.is_some_and(Kind::has_shards) && endless && !source.stack.open {
            findings.extend(finding(&source));
        }
    }
}

fn finding(source: &EventSource<'_>) -> Option<Diagnostic> {
    let help = "add `MaximumRetryAttempts`, e.g. 10";
    match look(source.properties, "/DestinationConfig/OnFailure/Destination") {
        Look::Found(destination) => {
            let message = "records that fail do not get here before they expire: nothing limits the retries, and \
                           meanwhile the shard stands still";
            let help = format!("{help}, or `retries: 10` in a `pipeline.yaml`");
            Some(Diagnostic::new(&LINT.rule, &destination.origin.span, message).help(help))
        }
        Look::Absent if !is_bisected(source) => {
            let message = format!(
                "one record that makes the function fail stops the shard that `{}` reads until the record expires: \
                 nothing limits the retries",
                source.name
            );
            let help = format!("{help}, with `BisectBatchOnFunctionError: true` and a destination for what failed");
            Some(Diagnostic::new(&LINT.rule, source.span, message).help(help))
        }
        _ => None,
    }
}

/// Who asks for this has thought of records that fail.
fn is_bisected(source: &EventSource<'_>) -> bool {
    match look(source.properties, "/BisectBatchOnFunctionError") {
        Look::Found(value) => boolean(value) != Some(false),
        Look::Absent => false,
        Look::Unknown => true,
    }
}
