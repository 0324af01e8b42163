use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/unfit-checkpoint-interval",
        level: Level::Warning,
        page: include_str!("unfit_checkpoint_interval.md"),
    },
    effect: Effect::Run,
    check,
};

/// Milliseconds; below it a job does little else, and above it a failure repeats much work.
const FIT: std::ops::RangeInclusive<i64> = 1_000..=600_000;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        if application.is_default("CheckpointConfiguration")
            || application.checkpointing().known().is_some_and(|it| !it.0)
        {
            continue;
        }
        let Some((interval, value)) = application.checkpoints("CheckpointInterval").known() else { continue };
        if interval < 1 || FIT.contains(&interval) {
            continue;
        }
        let message = if interval < *FIT.start() {
            format!("a checkpoint every {interval} ms leaves the job no time to work; the number is in milliseconds")
        } else {
            let minutes = interval / 60_000;
            format!("after a failure the job repeats up to {minutes} minutes of work; the number is in milliseconds")
        };
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help("write a number from 1000 to 600000, e.g. 60000"),
        );
    }
}
