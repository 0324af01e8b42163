use crate::analysis::System;
use crate::analysis::stages::{Action, actions, counted};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::actions::all;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/first-stage-without-source",
        level: Level::Error,
        page: include_str!("first_stage_without_source.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        let Some([first, ..]) = counted(pipeline, "/Stages") else { continue };
        if counted(first, "/Actions").is_none_or(<[_]>::is_empty) {
            continue;
        }
        if actions(pipeline).iter().filter(|action| action.index == 0).all(is_work) {
            let name = look(first, "/Name").found().unwrap_or(first);
            let message =
                "the first stage has no source, so CodePipeline has nothing to run on and refuses the pipeline";
            let help = "begin with a stage of source actions, e.g. of provider `CodeStarSourceConnection`";
            findings.push(Diagnostic::new(&LINT.rule, &name.origin.span, message).help(help));
        }
    }
}

/// Whether an action surely is no source.
pub(super) fn is_work(action: &Action<'_>) -> bool {
    let category = action.category();
    category.is_some_and(|category| category != "Source" && all().any(|known| known.category() == category))
}
