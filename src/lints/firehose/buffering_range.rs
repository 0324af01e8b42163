use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/buffering-range", level: Level::Error, page: include_str!("buffering_range.md") },
    effect: Effect::Deployment,
    check,
};

/// The largest buffer for an HTTP endpoint, in MiB; the description of the type allows as much as for S3.
///
/// Source: Firehose service model, HttpEndpointBufferingSizeInMBs (2026-11).
const LARGEST: i64 = 64;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "HttpEndpointDestinationConfiguration") {
        let Some(size) = look(destination.value, "/BufferingHints/SizeInMBs").found() else { continue };
        // What is larger than any buffer, the description finds.
        if let Some(written) = integer(size).filter(|written| (LARGEST + 1..=128).contains(written)) {
            let message =
                format!("Firehose collects at most {LARGEST} MiB for an HTTP endpoint, and refuses {written} MiB");
            findings
                .push(Diagnostic::new(&LINT.rule, &size.origin.span, message).help(format!("write at most {LARGEST}")));
        }
    }
}
