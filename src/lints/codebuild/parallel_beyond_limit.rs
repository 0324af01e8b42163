use crate::analysis::System;
use crate::analysis::value::integer;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use std::collections::BTreeMap;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/parallel-beyond-limit",
        level: Level::Warning,
        page: include_str!("parallel_beyond_limit.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some(at) = project.look("/ConcurrentBuildLimit").found() else { continue };
        let Some(limit) = integer(at) else { continue };
        let mut together: BTreeMap<_, i64> = BTreeMap::new();
        for run in system.runs(&project) {
            if let Some(order) = run.order {
                *together.entry((run.stage, order)).or_default() += 1;
            }
        }
        let Some(most) = together.into_values().max().filter(|most| *most > limit) else { continue };
        let message = format!(
            "a stage runs {most} builds of this project at once, and builds beyond the limit of {limit} are not run"
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &at.origin.span, message)
                .help(format!("write {most} or more, or give the actions different values of `RunOrder`")),
        );
    }
}
