use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/ignored-timeout", level: Level::Warning, page: include_str!("ignored_timeout.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(provider) = action.facts().map(|known| known.provider()).filter(|name| *name != "Manual") else {
                continue;
            };
            let Some(minutes) = look(action.value, "/TimeoutInMinutes").found() else { continue };
            let message =
                format!("only a manual approval has a timeout of its own, and this is an action `{provider}`");
            let span = minutes.key_span();
            let edits = system.editor(span).and_then(|editor| editor.remove_entry(span));
            let found = Diagnostic::new(&LINT.rule, span, message).help(help(provider));
            findings.push(found.fix("remove `TimeoutInMinutes`", Safety::Unsafe, edits.unwrap_or_default()));
        }
    }
}

fn help(provider: &str) -> &'static str {
    match provider {
        "CodeBuild" => "remove it, and set `TimeoutInMinutes` of the project",
        "ECS" => "remove it, and set `DeploymentTimeout` in the configuration",
        _ => "remove it",
    }
}
