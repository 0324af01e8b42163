use crate::analysis::System;
use crate::analysis::stages::{rules, text_at};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unknown-rule", level: Level::Warning, page: include_str!("unknown_rule.md") },
    effect: Effect::Deployment,
    check,
};

const PROVIDERS: [&str; 6] =
    ["CloudWatchAlarm", "CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for rule in rules(&site.resource.properties) {
            let owner = text_at(rule, "/RuleTypeId/Owner");
            let Some(provider) = look(rule, "/RuleTypeId/Provider").found() else { continue };
            let Some(name) = text(provider).filter(|name| !PROVIDERS.contains(&name.as_ref())) else { continue };
            if owner.is_some_and(|owner| owner != "AWS") {
                continue;
            }
            let help = match nearest(&name, PROVIDERS) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("write one of {}", list(PROVIDERS)),
            };
            let message = format!("CodePipeline has no rule `{name}`");
            findings.push(Diagnostic::new(&LINT.rule, &provider.origin.span, message).help(help));
        }
    }
}
