use super::first_stage_without_source::is_work;
use crate::analysis::System;
use crate::analysis::stages::{actions, counted};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/work-in-source-stage",
        level: Level::Error,
        page: include_str!("work_in_source_stage.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        if counted(pipeline, "/Stages").is_none() {
            continue;
        }
        let first: Vec<_> = actions(pipeline).into_iter().filter(|action| action.index == 0).collect();
        let is_source = |action: &&_| !is_work(action);
        let Some(source) = first.iter().find(is_source) else { continue };
        for action in first.iter().filter(|action| is_work(action)) {
            let Some(category) = look(action.value, "/ActionTypeId/Category").found() else { continue };
            let message = "the first stage takes only source actions, so CodePipeline refuses the pipeline";
            let found = Diagnostic::new(&LINT.rule, &category.origin.span, message);
            let name = look(source.value, "/Name").found().unwrap_or(source.value);
            let found = found.related(&name.origin.span, "a source of this stage");
            findings.push(found.help("move the action to a later stage"));
        }
    }
}
