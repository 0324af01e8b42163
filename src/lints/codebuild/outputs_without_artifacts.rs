use crate::analysis::System;
use crate::analysis::value::{items, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/outputs-without-artifacts",
        level: Level::Warning,
        page: include_str!("outputs_without_artifacts.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project else { continue };
        let is_read = buildspec.faults.is_empty() && buildspec.get(&["phases"]).is_some();
        if !is_read || ["artifacts", "batch", "<<"].iter().any(|key| buildspec.entry(&[key]).is_some()) {
            continue;
        }
        for run in system.runs(&project) {
            let Some(outputs) = look(run.action, "/OutputArtifacts").found() else { continue };
            let Some(first) = items(outputs).into_iter().next() else { continue };
            let message = "the pipeline takes an artifact from this build, but the buildspec has no `artifacts`";
            findings.push(
                Diagnostic::new(&LINT.rule, &first.origin.span, message)
                    .related(&buildspec.root.span, "makes no artifact")
                    .help("add `artifacts` with `files` to the buildspec, or remove `OutputArtifacts`"),
            );
        }
    }
}
