use crate::analysis::System;
use crate::analysis::value::{items, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/source-artifacts-pair",
        level: Level::Error,
        page: include_str!("source_artifacts_pair.md"),
    },
    effect: Effect::Deployment,
    check,
};

const PIPELINE: &str = "CODEPIPELINE";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let (source, artifacts) = (project.text("/Source/Type").known(), project.text("/Artifacts/Type").known());
        if let (Some((source, at_source)), Some((artifacts, at_artifacts))) = (source, artifacts)
            && (source == PIPELINE) != (artifacts == PIPELINE)
        {
            let message = format!(
                "the project takes its source from `{source}` and gives its artifacts to `{artifacts}`, but a pipeline does both or neither"
            );
            let help = match source == PIPELINE {
                true => "write `CODEPIPELINE`: the pipeline takes what the build makes",
                false => "write `S3` or `NO_ARTIFACTS`, or take the source from `CODEPIPELINE` as well",
            };
            findings.push(
                Diagnostic::new(&LINT.rule, &at_artifacts.origin.span, message)
                    .related(&at_source.origin.span, "the source")
                    .help(help),
            );
        }
        for list in ["SecondarySources", "SecondaryArtifacts"] {
            let Some(found) = project.look(&format!("/{list}")).found() else { continue };
            let kinds = items(found).into_iter().filter_map(|item| look(item, "/Type").found());
            for kind in kinds.filter(|kind| text(kind).as_deref() == Some(PIPELINE)) {
                let message = format!("`{list}` cannot be of the type `CODEPIPELINE`");
                findings.push(
                    Diagnostic::new(&LINT.rule, &kind.origin.span, message)
                        .help("remove it: a pipeline hands all its artifacts over by the one source and takes all by the one result"),
                );
            }
        }
    }
}
