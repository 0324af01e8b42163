use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/no-checkpoints", level: Level::Warning, page: include_str!("no_checkpoints.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        if application.is_default("CheckpointConfiguration") {
            continue;
        }
        let Some((false, value)) = application.checkpointing().known() else { continue };
        let message = "without checkpoints a failure starts the job with empty state, and its sinks cannot deliver \
                       exactly once";
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help("write `CheckpointingEnabled: true`, or allow this for a job that keeps nothing"),
        );
    }
}
