use crate::analysis::System;
use crate::analysis::firehose::{destinations, parameters, processor_type};
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/processor-buffer", level: Level::Warning, page: include_str!("processor_buffer.md") },
    effect: Effect::Deployment,
    check,
};

/// How far the numbers of a function go, and their units.
///
/// Source: Firehose API Reference, ProcessorParameter, for the size; the others from reports (2026-11).
const RANGES: &[(&str, f64, f64, &str)] = &[
    ("BufferSizeInMBs", 0.2, 3.0, " MiB"),
    ("BufferIntervalInSeconds", 0.0, 900.0, " seconds"),
    ("NumberOfRetries", 0.0, 300.0, ""),
];

/// The hints that are given together or not at all.
const HINTS: [&str; 2] = ["BufferSizeInMBs", "BufferIntervalInSeconds"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        for processor in destination.active_processors() {
            let Some(parameters) = parameters(processor) else { continue };
            if processor_type(processor).as_deref() != Some("Lambda") {
                continue;
            }
            for (name, value) in &parameters {
                let Some((_, least, most, unit)) = RANGES.iter().find(|(of, ..)| of == name) else { continue };
                let written = text(value).and_then(|text| text.trim().parse::<f64>().ok());
                if let Some(written) = written.filter(|written| written < least || written > most) {
                    let message =
                        format!("`{name}` is {written}, and Firehose takes {least} to {most}{unit} for a function");
                    findings.push(
                        Diagnostic::new(&LINT.rule, &value.origin.span, message)
                            .help(format!("write a number from {least} to {most}")),
                    );
                }
            }
            let given: Vec<_> = parameters.iter().filter(|(name, _)| HINTS.contains(&&**name)).collect();
            if let [(name, value)] = given.as_slice() {
                let other = if name == HINTS[0] { HINTS[1] } else { HINTS[0] };
                let message = format!("`{name}` is given without `{other}`, and Firehose takes both or none");
                findings.push(
                    Diagnostic::new(&LINT.rule, value.key_span(), message)
                        .help(format!("add a parameter `{other}`, or remove `{name}`")),
                );
            }
        }
    }
}
