use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/rollback-without-snapshots",
        level: Level::Warning,
        page: include_str!("rollback_without_snapshots.md"),
    },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some((true, rollback)) = application.rollback().known() else { continue };
        let Some((false, snapshots)) = application.snapshots().known() else { continue };
        let message = "AWS takes a failed update back from a snapshot, and this application has none: what it goes back \
                       to starts with empty state";
        findings.push(
            Diagnostic::new(&LINT.rule, &rollback.origin.span, message)
                .related(&snapshots.origin.span, "no snapshots are taken")
                .help("write `SnapshotsEnabled: true`, or `RollbackEnabled: false`"),
        );
    }
}
