use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/metrics-of-every-task",
        level: Level::Info,
        page: include_str!("metrics_of_every_task.md"),
    },
    effect: Effect::Cost,
    check,
};

/// Above this parallelism AWS advises against metrics of every task (API Reference, MonitoringConfiguration).
const TASKS: i64 = 64;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        if application.is_default("MonitoringConfiguration") || application.is_default("ParallelismConfiguration") {
            continue;
        }
        let level = application
            .text("/ApplicationConfiguration/FlinkApplicationConfiguration/MonitoringConfiguration/MetricsLevel");
        let Some((level, value)) = level.known() else { continue };
        let Some((tasks, parallelism)) = application.parallelism("Parallelism").known() else { continue };
        if level == "PARALLELISM" && tasks > TASKS {
            let message = format!("every metric of each of {tasks} tasks is sent and paid for by itself");
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .related(&parallelism.origin.span, "the number of tasks")
                    .help("write `MetricsLevel: OPERATOR`, or `TASK`"),
            );
        }
    }
}
