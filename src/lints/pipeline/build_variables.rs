use serde_json::Value as Json;

use crate::analysis::System;
use crate::analysis::stages::{actions, filled};
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/build-variables", level: Level::Warning, page: include_str!("build_variables.md") },
    effect: Effect::Run,
    check,
};

const KEYS: [&str; 3] = ["name", "value", "type"];
const TYPES: [&str; 3] = ["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if !action.is("Build", "CodeBuild") && !action.is("Test", "CodeBuild") {
                continue;
            }
            let Some(value) = action.configuration("EnvironmentVariables").found() else { continue };
            // What is no JSON at all is told of already.
            let Some(json) = text(value).and_then(|text| serde_json::from_str(&filled(&text)).ok()) else { continue };
            if let Some((what, help)) = fault(&json) {
                let message = format!("{what}, so the build does not start");
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
        }
    }
}

/// What is wrong with the variables, and what to write. A 0 may stand for what an execution puts in.
fn fault(json: &Json) -> Option<(String, String)> {
    let form = "write a list such as `[{\"name\":\"STAGE\",\"value\":\"test\",\"type\":\"PLAINTEXT\"}]`";
    let Json::Array(variables) = json else {
        return Some(("the variables of a build are a list".to_owned(), form.to_owned()));
    };
    variables.iter().find_map(|variable| {
        let Json::Object(variable) = variable else {
            return Some(("a variable of a build is an object".to_owned(), form.to_owned()));
        };
        if let Some(key) = variable.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let help = match nearest(key, KEYS) {
                Some(near) => format!("write `{near}`"),
                None => format!("use only {}", list(KEYS)),
            };
            return Some((format!("a variable of a build has no `{key}`"), help));
        }
        let lacking = ["name", "value"].into_iter().find(|key| !variable.contains_key(*key));
        if let Some(key) = lacking {
            return Some((format!("a variable of a build lacks its `{key}`"), format!("add `{key}`")));
        }
        if let Some((key, _)) = variable.iter().find(|(_, value)| !value.is_string() && **value != 0) {
            return Some((format!("the `{key}` of a variable is not a text"), "write it in quotes".to_owned()));
        }
        let kind = variable.get("type").and_then(Json::as_str).filter(|kind| !TYPES.contains(kind) && *kind != "0")?;
        let help = match nearest(kind, TYPES) {
            Some(near) => format!("write `{near}`"),
            None => format!("write one of {}", list(TYPES)),
        };
        Some((format!("a variable of a build has no type `{kind}`"), help))
    })
}
