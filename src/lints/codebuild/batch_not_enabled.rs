use crate::analysis::System;
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/batch-not-enabled",
        level: Level::Warning,
        page: include_str!("batch_not_enabled.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project else { continue };
        let Some(batch) = buildspec.entry(&["batch"]) else { continue };
        for run in system.runs(&project) {
            let is_off = match look(run.action, "/Configuration/BatchEnabled") {
                Look::Absent => true,
                Look::Unknown => false,
                Look::Found(value) => text(value).is_some_and(|text| text.eq_ignore_ascii_case("false")),
            };
            let Some(configuration) = look(run.action, "/Configuration").found().filter(|_| is_off) else { continue };
            let message = "the buildspec is that of a batch, but this action starts a single build";
            findings.push(
                Diagnostic::new(&LINT.rule, configuration.key_span(), message)
                    .related(&batch.key.span, "the batch")
                    .help("add `BatchEnabled: \"true\"` to the `Configuration` of the action"),
            );
        }
    }
}
