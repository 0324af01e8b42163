use crate::analysis::System;
use crate::analysis::firehose::{deliveries, surely};
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/ignored-source", level: Level::Warning, page: include_str!("ignored_source.md") },
    effect: Effect::Silent,
    check,
};

/// The source that each type of delivery reads.
const SOURCES: &[(&str, &str)] = &[
    ("KinesisStreamAsSource", "KinesisStreamSourceConfiguration"),
    ("MSKAsSource", "MSKSourceConfiguration"),
    ("DatabaseAsSource", "DatabaseSourceConfiguration"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        let properties = &site.resource.properties;
        let written = look(properties, "/DeliveryStreamType");
        let kind = match written {
            Look::Absent => "DirectPut".into(),
            Look::Found(value) => match text(value) {
                Some(kind) => kind,
                None => continue,
            },
            Look::Unknown => continue,
        };
        for (of, source) in SOURCES.iter().filter(|(of, _)| *of != kind) {
            let Some(value) = surely(properties, &format!("/{source}")) else { continue };
            let message = match written {
                Look::Found(_) => format!("a delivery of type `{kind}` does not read `{source}`"),
                _ => format!("a delivery without a type is `DirectPut`, which does not read `{source}`"),
            };
            let mut finding = Diagnostic::new(&LINT.rule, value.key_span(), message)
                .help(format!("write `DeliveryStreamType: {of}`, or remove `{source}`"));
            if let Look::Found(written) = written {
                finding = finding.related(&written.origin.span, "the type of the delivery");
            }
            findings.push(finding);
        }
    }
}
