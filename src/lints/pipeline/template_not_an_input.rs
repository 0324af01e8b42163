use serde_json::Value as Json;

use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{alternatives, text};
use crate::analysis::written::{Part, beginning, filled, is_known, parts};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/template-not-an-input",
        level: Level::Warning,
        page: include_str!("template_not_an_input.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let keys: &[&str] = match action.provider().as_deref() {
                Some("CloudFormation") if takes_template(&action) => &["TemplatePath", "TemplateConfiguration"],
                Some("CloudFormationStackSet") => &["TemplatePath"],
                _ => continue,
            };
            let Some(inputs) = action.known_inputs() else { continue };
            let inputs: Vec<_> = inputs.iter().map(|(name, _)| name.as_ref()).collect();
            for key in keys {
                let values = action.configuration(key).found().map(alternatives).unwrap_or_default();
                findings.extend(values.into_iter().filter_map(|value| path(key, value, &inputs)));
            }
            let overrides = action.configuration("ParameterOverrides").found().map(alternatives).unwrap_or_default();
            findings.extend(overrides.into_iter().flat_map(|value| read_by_functions(value, &inputs)));
        }
    }
}

/// Whether its mode is surely one that reads a template.
fn takes_template(action: &Action<'_>) -> bool {
    let mode = action.setting("ActionMode");
    mode.is_some_and(|mode| ["CREATE_UPDATE", "REPLACE_ON_FAILURE", "CHANGE_SET_REPLACE"].contains(&mode.as_ref()))
}

fn path(key: &str, value: &Value, inputs: &[&str]) -> Option<Diagnostic> {
    let parts = parts(value)?;
    let start = beginning(&parts);
    if start.contains("#{") || start.is_empty() {
        return None;
    }
    let span = &value.origin.span;
    let Some((artifact, file)) = start.split_once("::") else {
        return is_known(&parts).then(|| {
            let message = format!("`{key}` names a file and not the artifact that it is in");
            let artifact = inputs.first().unwrap_or(&"Built");
            Diagnostic::new(&LINT.rule, span, message).help(format!("write `{artifact}::{start}`"))
        });
    };
    if inputs.contains(&artifact) {
        return None;
    }
    let place = match text(value) {
        Some(_) => span.text().find(artifact).map(|at| span.within(at, at + artifact.len())),
        None => None,
    };
    let message = format!("`{key}` reads `{artifact}`, which is no input of the action");
    let only = if let [only] = inputs { Some(*only) } else { None };
    let help = match nearest(artifact, inputs.iter().copied()).or(only) {
        Some(input) => format!("write `{input}::{file}{}`, or add `{artifact}` to `InputArtifacts`", more(&parts)),
        None => format!("add `{artifact}` to `InputArtifacts`"),
    };
    let found = Diagnostic::new(&LINT.rule, place.as_ref().unwrap_or(span), message);
    Some(found.help(help))
}

fn more(parts: &[Part<'_>]) -> &'static str {
    if is_known(parts) { "" } else { "…" }
}

/// What `Fn::GetParam` and `Fn::GetArtifactAtt` read that is no input.
fn read_by_functions(value: &Value, inputs: &[&str]) -> Vec<Diagnostic> {
    let Some(parts) = parts(value) else { return Vec::new() };
    let parsed: Result<Json, _> = serde_json::from_str(&filled(&parts));
    let Ok(Json::Object(parameters)) = parsed else { return Vec::new() };
    let functions = parameters.values().filter_map(Json::as_object).flatten();
    let artifacts = functions
        .filter(|(name, _)| ["Fn::GetParam", "Fn::GetArtifactAtt"].contains(&name.as_str()))
        .filter_map(|(name, argument)| Some((name, argument.get(0)?.as_str()?)));
    let unread = artifacts.filter(|(_, artifact)| {
        !inputs.contains(artifact) && !artifact.contains("#{") && (is_known(&parts) || !artifact.contains('0'))
    });
    let found = unread.map(|(function, artifact)| {
        let span = &value.origin.span;
        let quoted = format!("\"{artifact}\"");
        let place = span.text().find(&quoted).map(|at| span.within(at + 1, at + 1 + artifact.len()));
        let message = format!("`{function}` reads `{artifact}`, which is no input of the action");
        let help = match nearest(artifact, inputs.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None if inputs.is_empty() => format!("add `{artifact}` to `InputArtifacts`"),
            None => {
                let inputs = list(inputs.iter().copied());
                format!("add `{artifact}` to `InputArtifacts`, or read one of {inputs}")
            }
        };
        Diagnostic::new(&LINT.rule, place.as_ref().unwrap_or(span), message).help(help)
    });
    found.collect()
}
