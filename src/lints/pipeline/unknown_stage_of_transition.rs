use crate::analysis::System;
use crate::analysis::stages::{below, is_whole, stages, text_at};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unknown-stage-of-transition",
        level: Level::Warning,
        page: include_str!("unknown_stage_of_transition.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let names: Option<Vec<_>> = stages(pipeline).into_iter().map(|stage| text_at(stage, "/Name")).collect();
        let Some(names) = names.filter(|_| is_whole(pipeline)) else { continue };
        for transition in below(pipeline, "/DisableInboundStageTransitions") {
            let Some(stage) = look(transition, "/StageName").found() else { continue };
            let Some(name) = text(stage).filter(|name| !names.contains(name)) else { continue };
            let known = || names.iter().map(AsRef::as_ref);
            let help = match nearest(&name, known()) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("name a stage of the pipeline: {}", list(known())),
            };
            let message = format!("the pipeline has no stage `{name}` that executions could be kept from");
            findings.push(Diagnostic::new(&LINT.rule, &stage.origin.span, message).help(help));
        }
    }
}
