use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/action-without-commands",
        level: Level::Error,
        page: include_str!("action_without_commands.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if !action.is("Compute", "Commands") || !look(action.value, "/Commands").is_absent() {
                continue;
            }
            let inside = action.configuration("Commands").found();
            let provider = look(action.value, "/ActionTypeId/Provider").found();
            let span = inside.map(|value| value.key_span()).or(provider.map(|value| &value.origin.span));
            let message = "an action `Commands` without `Commands` has nothing to run, and AWS refuses the pipeline";
            let found = Diagnostic::new(&LINT.rule, span.unwrap_or(&action.value.origin.span), message);
            findings.push(found.help(match inside {
                Some(_) => "write `Commands` beside `Configuration`, as a list",
                None => "add `Commands`, a list of 1 to 50 commands, beside `Configuration`",
            }));
        }
    }
}
