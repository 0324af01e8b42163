use crate::analysis::System;
use crate::analysis::firehose::{destinations, locations};
use crate::analysis::value::{alternatives, look};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/one-buffering-hint",
        level: Level::Error,
        page: include_str!("one_buffering_hint.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// The destinations of which the API wants both hints or none; Splunk, OpenSearch and Snowflake take one alone.
///
/// Source: Firehose API Reference, BufferingHints and HttpEndpointBufferingHints (2026-11).
const STRICT: &[&str] = &["HttpEndpointDestinationConfiguration", "IcebergDestinationConfiguration"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let strict = destinations(system).into_iter().filter(|it| STRICT.contains(&it.kind)).map(|it| it.value);
    let places = locations(system).into_iter().map(|location| location.value).chain(strict);
    let hints = places.filter_map(|place| look(place, "/BufferingHints").found()).flat_map(alternatives);
    for hints in hints.filter(|hints| matches!(hints.kind, ValueKind::Map(_))) {
        findings.extend(lonely(hints, "SizeInMBs", "IntervalInSeconds"));
        findings.extend(lonely(hints, "IntervalInSeconds", "SizeInMBs"));
    }
}

fn lonely(hints: &Value, given: &str, missing: &str) -> Option<Diagnostic> {
    let written = look(hints, &format!("/{given}")).found()?;
    let message = format!("`{given}` is given without `{missing}`, and Firehose takes both or none");
    look(hints, &format!("/{missing}")).is_absent().then(|| {
        Diagnostic::new(&LINT.rule, written.key_span(), message)
            .help(format!("add `{missing}`, or remove `BufferingHints`"))
    })
}
