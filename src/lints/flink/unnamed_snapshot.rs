use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/unnamed-snapshot", level: Level::Warning, page: include_str!("unnamed_snapshot.md") },
    effect: Effect::Deployment,
    check,
};

const NAME: &str = "/RunConfiguration/ApplicationRestoreConfiguration/SnapshotName";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some((restore, value)) = application.restore().known() else { continue };
        let is_custom = restore == "RESTORE_FROM_CUSTOM_SNAPSHOT";
        let name = application.look(NAME);
        if is_custom && name.is_absent() {
            let message = "the job is to start from a snapshot of your choice, and no `SnapshotName` says from which";
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .help("add `SnapshotName`, or write `RESTORE_FROM_LATEST_SNAPSHOT`"),
            );
        }
        if let Some(name) = name.found().filter(|_| !is_custom) {
            let message = format!("with `{restore}` AWS does not use the snapshot that is named here");
            findings.push(
                Diagnostic::new(&LINT.rule, name.key_span(), message)
                    .related(&value.origin.span, "what is restored")
                    .help("remove `SnapshotName`"),
            );
        }
    }
}
