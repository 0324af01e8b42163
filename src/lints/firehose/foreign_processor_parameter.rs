use crate::analysis::System;
use crate::analysis::firehose::{destinations, parameters, processor_type};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/foreign-processor-parameter",
        level: Level::Warning,
        page: include_str!("foreign_processor_parameter.md"),
    },
    effect: Effect::Silent,
    check,
};

/// What each processor reads.
///
/// Source: Firehose API Reference, ProcessorParameter, and Firehose Developer Guide (2026-11).
const READ: &[(&str, &[&str])] = &[
    ("Lambda", &["LambdaArn", "RoleArn", "NumberOfRetries", "BufferSizeInMBs", "BufferIntervalInSeconds"]),
    ("MetadataExtraction", &["MetadataExtractionQuery", "JsonParsingEngine"]),
    ("RecordDeAggregation", &["SubRecordType", "Delimiter"]),
    ("AppendDelimiterToRecord", &["Delimiter"]),
    ("Decompression", &["CompressionFormat"]),
    ("CloudWatchLogProcessing", &["DataMessageExtraction"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        for processor in destination.active_processors() {
            let (Some(kind), Some(parameters)) = (processor_type(processor), parameters(processor)) else { continue };
            let Some((_, read)) = READ.iter().find(|(of, _)| *of == kind) else { continue };
            for (name, value) in parameters {
                let known = READ.iter().any(|(_, names)| names.contains(&&*name));
                if known && !read.contains(&&*name) {
                    let message = format!("processors of type `{kind}` do not read the parameter `{name}`");
                    findings.push(
                        Diagnostic::new(&LINT.rule, value.key_span(), message)
                            .help(format!("remove it: such a processor reads {}", list(read.iter().copied()))),
                    );
                }
            }
        }
    }
}
