use crate::analysis::System;
use crate::analysis::stages::{actions, certain};
use crate::analysis::value::look;
use crate::desired::Value;
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
            let provider = known.provider();
            for key in ["Commands", "OutputVariables", "EnvironmentVariables"] {
                let Some(value) = look(action.value, &format!("/{key}")).found() else { continue };
                // Which other actions have variables changes.
                if key == "EnvironmentVariables" && provider != "CodeBuild" {
                    continue;
                }
                findings.push(misplaced(value, key, provider));
            }
            let files = certain(action.value, "/OutputArtifacts").into_iter();
            let files = files.filter_map(|artifact| look(artifact, "/Files").found());
            findings.extend(files.map(|files| misplaced(files, "Files", provider)));
        }
    }
}

fn misplaced(value: &Value, key: &str, provider: &str) -> Diagnostic {
    let message = format!("`{key}` is for actions `Commands`, and this is an action `{provider}`");
    let help = match (provider, key) {
        ("CodeBuild", "Commands") => "write the commands into the buildspec of the project".to_owned(),
        ("CodeBuild", "OutputVariables") => "name them under `exported-variables` in the buildspec".to_owned(),
        ("CodeBuild", "Files") => "name them under `artifacts` in the buildspec".to_owned(),
        ("CodeBuild", _) => "write them into the configuration of the action, as JSON in a text".to_owned(),
        _ => format!("remove `{key}`"),
    };
    Diagnostic::new(&LINT.rule, value.key_span(), message).help(help)
}
