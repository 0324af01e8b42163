use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/windows-on-small-compute",
        level: Level::Warning,
        page: include_str!("windows_on_small_compute.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Compute", "Commands")) {
            if action.setting("EnvironmentType").as_deref() != Some("WINDOWS_SERVER_2022_CONTAINER")
                || action.setting("ComputeType").as_deref() != Some("BUILD_GENERAL1_SMALL")
            {
                continue;
            }
            let Some(compute) = action.configuration("ComputeType").found() else { continue };
            let Some(environment) = action.configuration("EnvironmentType").found() else { continue };
            let message = "Windows does not run on `BUILD_GENERAL1_SMALL`, so the action fails each time";
            let span = &compute.origin.span;
            let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, "BUILD_GENERAL1_MEDIUM"));
            findings.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .related(&environment.origin.span, "Windows is asked for here")
                    .help("write `BUILD_GENERAL1_MEDIUM`")
                    .fix("write `BUILD_GENERAL1_MEDIUM`", Safety::Unsafe, edits.unwrap_or_default()),
            );
        }
    }
}
