use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/commands-of-other-action",
        level: Level::Warning,
        page: include_str!("commands_of_other_action.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts().filter(|known| known.category() != "Compute") else { continue };
            for key in ["Commands", "OutputVariables"] {
                let Some(value) = look(action.value, &format!("/{key}")).found() else { continue };
                let provider = known.provider();
                let message = format!("only an action `Commands` has `{key}`, and this is an action `{provider}`");
                let help = match (provider, key) {
                    ("CodeBuild", "Commands") => "write the commands into the buildspec of the project".to_owned(),
                    ("CodeBuild", _) => "name the variables under `exported-variables` in the buildspec".to_owned(),
                    _ => format!("remove `{key}`"),
                };
                findings.push(Diagnostic::new(&LINT.rule, value.key_span(), message).help(help));
            }
        }
    }
}
