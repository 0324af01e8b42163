use crate::analysis::System;
use crate::analysis::project::Setting;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/parallelism-quota", level: Level::Warning, page: include_str!("parallelism_quota.md") },
    effect: Effect::Deployment,
    check,
};

/// Kinesis Processing Units of an application, unless AWS gave more on request.
///
/// Source: Developer Guide, Managed Service for Apache Flink quota (read 2026-11).
const UNITS: i64 = 64;

/// Tasks in one unit, at most (Developer Guide, Implement application scaling).
const TASKS_IN_UNIT: i64 = 8;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        if application.is_default("ParallelismConfiguration") {
            continue;
        }
        let per_unit = application.parallelism("ParallelismPerKPU");
        if let Setting::Known(tasks, value) = &per_unit
            && *tasks > TASKS_IN_UNIT
        {
            let message =
                format!("one KPU runs {TASKS_IN_UNIT} tasks at most, and `ParallelismPerKPU` asks for {tasks}");
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .help(format!("write a number from 1 to {TASKS_IN_UNIT}")),
            );
        }
        let divisor = match per_unit {
            Setting::Absent => 1,
            Setting::Known(tasks, _) if (1..=TASKS_IN_UNIT).contains(&tasks) => tasks,
            _ => continue,
        };
        let Some((tasks, value)) = application.parallelism("Parallelism").known() else { continue };
        let units = tasks / divisor + i64::from(tasks % divisor > 0);
        if units > UNITS {
            let message = format!(
                "{tasks} tasks with {divisor} in each KPU need {units} KPUs, and AWS gives {UNITS} to an application unless you ask for more"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .help("lower `Parallelism`, raise `ParallelismPerKPU`, or ask AWS for a higher quota"),
            );
        }
    }
}
