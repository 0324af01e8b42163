use crate::analysis::System;
use crate::analysis::stages::{conditions, stages, text_at};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/parallel-rollback", level: Level::Error, page: include_str!("parallel_rollback.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        if text_at(pipeline, "/ExecutionMode").as_deref() != Some("PARALLEL") {
            continue;
        }
        let Some(mode) = look(pipeline, "/ExecutionMode").found() else { continue };
        for stage in stages(pipeline) {
            let of_stage = look(stage, "/OnFailure/Result").found();
            let of_conditions = conditions(stage).into_iter().filter_map(|(_, it)| look(it, "/Result").found());
            for result in of_stage.into_iter().chain(of_conditions) {
                if text(result).as_deref() == Some("ROLLBACK") {
                    let message = "CodePipeline refuses a rollback in parallel mode";
                    let found = Diagnostic::new(&LINT.rule, &result.origin.span, message);
                    let found = found.related(&mode.origin.span, "the mode of the pipeline");
                    findings.push(found.help("remove the rollback, or set `ExecutionMode: QUEUED`"));
                }
            }
        }
    }
}
