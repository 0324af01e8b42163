use crate::analysis::System;
use crate::analysis::value::Look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/batch-without-role",
        level: Level::Warning,
        page: include_str!("batch_without_role.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project else { continue };
        let Some(batch) = buildspec.entry(&["batch"]) else { continue };
        if !project.look("/BuildBatchConfig/ServiceRole").is_absent() {
            continue;
        }
        let span = match project.look("/BuildBatchConfig") {
            Look::Found(config) => config.key_span(),
            _ => &batch.key.span,
        };
        let message = "the buildspec is that of a batch, but the project has no role that starts its builds";
        findings.push(
            Diagnostic::new(&LINT.rule, span, message)
                .related(&project.site.resource.origin.span, "the project")
                .help("add `BuildBatchConfig` with a `ServiceRole` that may call `codebuild:StartBuild`, `StopBuild` and `RetryBuild`"),
        );
    }
}
