use crate::analysis::System;
use crate::analysis::firehose::{destinations, processor_type, switched};
use crate::analysis::value::look;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/processor-without-partitioning",
        level: Level::Error,
        page: include_str!("processor_without_partitioning.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(false)) {
        if switched(destination.value, "/ProcessingConfiguration/Enabled", false) != Some(true) {
            continue;
        }
        for processor in destination.active_processors() {
            let Some(kind) = processor_type(processor) else { continue };
            if matches!(&*kind, "MetadataExtraction" | "RecordDeAggregation") {
                let message =
                    format!("a `{kind}` processor serves dynamic partitioning, and Firehose refuses it without");
                findings.push(
                    Diagnostic::new(&LINT.rule, kind_span(processor), message)
                        .help("add `DynamicPartitioningConfiguration: {Enabled: true}`, or remove the processor"),
                );
            }
        }
    }
}

fn kind_span(processor: &Value) -> &Span {
    look(processor, "/Type").found().map_or(&processor.origin.span, |kind| &kind.origin.span)
}
