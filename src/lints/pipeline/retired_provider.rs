use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/retired-provider", level: Level::Warning, page: include_str!("retired_provider.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts() else { continue };
            let Some(why) = known.retired() else { continue };
            let Some(provider) = look(action.value, "/ActionTypeId/Provider").found() else { continue };
            let message = format!("an action `{}` can no longer run: {why}", known.provider());
            let found = Diagnostic::new(&LINT.rule, &provider.origin.span, message);
            findings.push(found.help("remove the action, or deploy with `CodeDeploy`, `ECS` or `CloudFormation`"));
        }
    }
}
