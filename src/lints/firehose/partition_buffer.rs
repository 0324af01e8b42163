use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/partition-buffer", level: Level::Error, page: include_str!("partition_buffer.md") },
    effect: Effect::Deployment,
    check,
};

/// The smallest hints of a delivery that partitions, and their units.
///
/// Source: refusals of the service, as the CDK records them (2026-01).
const SMALLEST: &[(&str, i64, &str)] = &[("SizeInMBs", 64, "MiB"), ("IntervalInSeconds", 60, "seconds")];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.is_extended() && it.partitions() == Some(true)) {
        for (hint, smallest, unit) in SMALLEST {
            let Some(value) = look(destination.value, &format!("/BufferingHints/{hint}")).found() else { continue };
            let Some(written) = integer(value).filter(|written| written < smallest) else { continue };
            let message = format!(
                "`{hint}` is {written}, and Firehose partitions no records with a buffer under {smallest} {unit}"
            );
            let mut finding =
                Diagnostic::new(&LINT.rule, &value.origin.span, message).help(format!("write at least {smallest}"));
            if let Some(partitions) = look(destination.value, "/DynamicPartitioningConfiguration").found() {
                finding = finding.related(partitions.key_span(), "records are partitioned");
            }
            findings.push(finding);
        }
    }
}
