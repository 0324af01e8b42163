use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/no-source-without-buildspec",
        level: Level::Warning,
        page: include_str!("no_source_without_buildspec.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((_, at)) = project.text("/Source/Type").known().filter(|(kind, _)| kind == "NO_SOURCE") else {
            continue;
        };
        if project.look("/Source/BuildSpec").is_absent() {
            let message =
                "a project without a source has no file that could be its buildspec, so it must hold one itself";
            findings.push(
                Diagnostic::new(&LINT.rule, &at.origin.span, message)
                    .help("add `BuildSpec` with the text of a buildspec"),
            );
        }
    }
}
