use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/backup-without-bucket",
        level: Level::Error,
        page: include_str!("backup_without_bucket.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let Some(mode) = look(destination.value, "/S3BackupMode").found() else { continue };
        let missing = look(destination.value, "/S3BackupConfiguration").is_absent();
        // Elsewhere the modes have other names, and the bucket is that of `S3Configuration`.
        if text(mode).as_deref() == Some("Enabled") && missing {
            let message = "records are backed up and no bucket is named for them, which Firehose refuses";
            findings.push(
                Diagnostic::new(&LINT.rule, &mode.origin.span, message)
                    .help("add `S3BackupConfiguration` with `BucketARN` and `RoleARN`, or remove `S3BackupMode`"),
            );
        }
    }
}
