use super::common::batch_builds;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/unknown-batch-build",
        level: Level::Warning,
        page: include_str!("unknown_batch_build.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let builds = batch_builds(buildspec, "build-graph");
        let names = || builds.iter().map(|build| build.identifier);
        for (name, node) in builds.iter().flat_map(|build| &build.depends_on) {
            if names().any(|known| known == *name) || !buildspec.knows(name) {
                continue;
            }
            let help = match nearest(name, names()) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("name one of {}", list(names())),
            };
            let message =
                format!("no build of this batch has the identifier `{name}`, and CodeBuild refuses the batch");
            findings.push(Diagnostic::new(&LINT.rule, &node.span, message).help(help));
        }
    }
}
