use crate::analysis::System;
use crate::analysis::stages::{actions, counted};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/source-outside-first-stage",
        level: Level::Error,
        page: include_str!("source_outside_first_stage.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let Some([first, ..]) = counted(pipeline, "/Stages") else { continue };
        for action in actions(pipeline) {
            if action.index == 0 || action.category().as_deref() != Some("Source") {
                continue;
            }
            let Some(category) = look(action.value, "/ActionTypeId/Category").found() else { continue };
            let message = "a source outside the first stage: CodePipeline reads sources only there, and refuses others";
            let found = Diagnostic::new(&LINT.rule, &category.origin.span, message);
            let name = look(first, "/Name").found().unwrap_or(first);
            let found = found.related(&name.origin.span, "the first stage");
            findings.push(found.help("move the action to the first stage"));
        }
    }
}
