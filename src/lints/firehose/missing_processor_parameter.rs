use crate::analysis::System;
use crate::analysis::firehose::{destinations, parameters, processor_type};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/missing-processor-parameter",
        level: Level::Error,
        page: include_str!("missing_processor_parameter.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What a processor cannot work without, and an example of it.
///
/// Source: Firehose API Reference, Processor and ProcessorParameter (2026-11).
const NEEDED: &[(&str, &str, &str)] = &[
    ("Lambda", "LambdaArn", "the ARN of the function"),
    ("MetadataExtraction", "MetadataExtractionQuery", "`{city: .city}`"),
    ("MetadataExtraction", "JsonParsingEngine", "`JQ-1.6`"),
    ("CloudWatchLogProcessing", "DataMessageExtraction", "`true`"),
    ("RecordDeAggregation", "Delimiter", "the delimiter in Base64"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        for processor in destination.active_processors() {
            let (Some(kind), Some(parameters)) = (processor_type(processor), parameters(processor)) else { continue };
            let given = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
            for (of, needed, example) in NEEDED {
                let is_delimited = || given("SubRecordType").and_then(text).as_deref() == Some("DELIMITED");
                if *of != kind || given(needed).is_some() || *needed == "Delimiter" && !is_delimited() {
                    continue;
                }
                let span = look(processor, "/Type").found().map_or(&processor.origin.span, |it| &it.origin.span);
                let message =
                    format!("a `{kind}` processor needs the parameter `{needed}`, and Firehose refuses it without");
                let help =
                    format!("add a parameter with `ParameterName: {needed}` and {example} as its `ParameterValue`");
                findings.push(Diagnostic::new(&LINT.rule, span, message).help(help));
            }
        }
    }
}
