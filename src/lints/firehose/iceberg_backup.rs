use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/iceberg-backup", level: Level::Error, page: include_str!("iceberg_backup.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "IcebergDestinationConfiguration") {
        // CloudFormation spells it with a small letter here.
        let Some(mode) = look(destination.value, "/s3BackupMode").found() else { continue };
        if text(mode).as_deref() == Some("AllData") {
            let message = "a delivery to Iceberg keeps failed records alone, and Firehose refuses `AllData`";
            findings.push(
                Diagnostic::new(&LINT.rule, &mode.origin.span, message).help("write `FailedDataOnly`, or remove it"),
            );
        }
    }
}
