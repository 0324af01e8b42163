use crate::analysis::System;
use crate::analysis::stages::{below, conditions, stages, text_at};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/source-rollback", level: Level::Warning, page: include_str!("source_rollback.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for stage in stages(&site.resource.properties) {
            let mut categories = below(stage, "/Actions").into_iter().map(|it| text_at(it, "/ActionTypeId/Category"));
            if !categories.any(|category| category.as_deref() == Some("Source")) {
                continue;
            }
            let of_stage = look(stage, "/OnFailure/Result").found();
            let of_conditions = conditions(stage).into_iter().filter_map(|(_, it)| look(it, "/Result").found());
            for result in of_stage.into_iter().chain(of_conditions) {
                if text(result).as_deref() == Some("ROLLBACK") {
                    let message = "a source stage cannot be rolled back";
                    let found = Diagnostic::new(&LINT.rule, &result.origin.span, message);
                    findings.push(found.help("write `RETRY` in `OnFailure`, or remove the rollback"));
                }
            }
        }
    }
}
