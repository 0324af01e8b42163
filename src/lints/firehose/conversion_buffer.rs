use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/conversion-buffer", level: Level::Error, page: include_str!("conversion_buffer.md") },
    effect: Effect::Deployment,
    check,
};

/// The smallest buffer of a delivery that converts records, in MiB.
///
/// Source: Firehose Developer Guide, Converting input record format, and the refusal of the service (2026-11).
const SMALLEST: i64 = 64;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let Some(size) = look(destination.value, "/BufferingHints/SizeInMBs").found() else { continue };
        if let Some(written) = integer(size)
            && written < SMALLEST
            && destination.is_extended()
            && destination.converts() == Some(true)
            && let Some(conversion) = look(destination.value, "/DataFormatConversionConfiguration").found()
        {
            let message = format!(
                "the buffer is {written} MiB, and Firehose converts no records with a buffer under {SMALLEST} MiB"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &size.origin.span, message)
                    .related(conversion.key_span(), "records are converted")
                    .help(format!("write at least {SMALLEST}, e.g. 128")),
            );
        }
    }
}
