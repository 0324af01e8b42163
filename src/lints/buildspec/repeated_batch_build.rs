use super::common::batch_builds;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/repeated-batch-build",
        level: Level::Warning,
        page: include_str!("repeated_batch_build.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for kind in ["build-graph", "build-list"] {
            let builds = batch_builds(buildspec, kind);
            for (index, build) in builds.iter().enumerate() {
                let Some(first) = builds[..index].iter().find(|before| before.identifier == build.identifier) else {
                    continue;
                };
                let message = format!(
                    "two builds of this batch have the identifier `{}`, which tells them apart",
                    build.identifier
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &build.span, message)
                        .related(&first.span, "the first of the two")
                        .help("give this build an identifier of its own"),
                );
            }
        }
    }
}
