use crate::analysis::System;
use crate::analysis::firehose::{destinations, surely};
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/ignored-backup", level: Level::Warning, page: include_str!("ignored_backup.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let Some(backup) = surely(destination.value, "/S3BackupConfiguration") else { continue };
        let mode = look(destination.value, "/S3BackupMode");
        let is_off = match mode {
            Look::Absent => true,
            Look::Found(mode) => text(mode).as_deref() == Some("Disabled"),
            Look::Unknown => false,
        };
        if is_off {
            let message = "a bucket for the backup is named and the backup is not on, so that nothing is written there";
            let mut finding = Diagnostic::new(&LINT.rule, backup.key_span(), message)
                .help("write `S3BackupMode: Enabled` beside it, or remove `S3BackupConfiguration`");
            if let Look::Found(mode) = mode {
                finding = finding.related(&mode.origin.span, "switched off");
            }
            findings.push(finding);
        }
    }
}
