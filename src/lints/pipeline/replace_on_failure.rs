use crate::analysis::System;
use crate::analysis::stages::{Action, actions, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/replace-on-failure",
        level: Level::Warning,
        page: include_str!("replace_on_failure.md"),
    },
    effect: Effect::Loss,
    check,
};

/// Words in the name of a stage or stack that say that its data may go.
const TRIALS: [&str; 7] = ["test", "dev", "sandbox", "preview", "ephemeral", "scratch", "demo"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let Some(mode) = action.configuration("ActionMode").found() else { continue };
            let replaces = action.setting("ActionMode").as_deref() == Some("REPLACE_ON_FAILURE");
            if !replaces || is_trial(action) {
                continue;
            }
            let message =
                "after a failed deployment this mode deletes the stack and all that it holds, then makes it anew";
            let help = "write `CREATE_UPDATE`, and mend a failed stack by hand";
            findings.push(Diagnostic::new(&LINT.rule, &mode.origin.span, message).help(help));
        }
    }
}

fn is_trial(action: &Action<'_>) -> bool {
    let names = [action.setting("StackName"), text_at(action.stage, "/Name"), action.name()];
    let says = |name: &str| TRIALS.iter().any(|word| name.to_ascii_lowercase().contains(word));
    names.iter().flatten().any(|name| says(name))
}
