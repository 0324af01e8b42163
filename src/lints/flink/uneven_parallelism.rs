use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/uneven-parallelism", level: Level::Info, page: include_str!("uneven_parallelism.md") },
    effect: Effect::Cost,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        if application.is_default("ParallelismConfiguration") {
            continue;
        }
        let Some((tasks, value)) = application.parallelism("Parallelism").known() else { continue };
        let Some((per_unit, other)) = application.parallelism("ParallelismPerKPU").known() else { continue };
        if per_unit < 1 || tasks < 1 || tasks % per_unit == 0 {
            continue;
        }
        let (units, rest) = (tasks / per_unit + 1, tasks % per_unit);
        let message = format!(
            "{tasks} tasks with {per_unit} in each KPU leave the last of {units} KPUs with {rest}, at the full price"
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .related(&other.origin.span, "tasks in each KPU")
                .help(format!("write `Parallelism: {}`, which costs the same", units * per_unit)),
        );
    }
}
