use crate::analysis::System;
use crate::analysis::firehose::deliveries;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/missing-source", level: Level::Error, page: include_str!("missing_source.md") },
    effect: Effect::Deployment,
    check,
};

/// What each type of delivery needs.
///
/// Source: CloudFormation Template Reference, AWS::KinesisFirehose::DeliveryStream (2026-11).
const NEEDED: &[(&str, &str)] = &[
    ("KinesisStreamAsSource", "KinesisStreamSourceConfiguration"),
    ("MSKAsSource", "MSKSourceConfiguration"),
    ("DatabaseAsSource", "DatabaseSourceConfiguration"),
    ("DatabaseAsSource", "IcebergDestinationConfiguration"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        let properties = &site.resource.properties;
        let Some(written) = look(properties, "/DeliveryStreamType").found() else { continue };
        let Some(kind) = text(written) else { continue };
        for (_, needed) in NEEDED.iter().filter(|(of, _)| *of == kind) {
            if look(properties, &format!("/{needed}")).is_absent() {
                let message = format!("a delivery of type `{kind}` needs `{needed}`, and Firehose refuses it without");
                findings.push(
                    Diagnostic::new(&LINT.rule, &written.origin.span, message)
                        .related(&site.resource.origin.span, "the delivery")
                        .help(format!("add `{needed}`, or write the `DeliveryStreamType` of the source that is meant")),
                );
            }
        }
    }
}
