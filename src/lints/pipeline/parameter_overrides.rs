use serde_json::Value as Json;

use crate::analysis::System;
use crate::analysis::stages::{actions, json_fault};
use crate::analysis::value::alternatives;
use crate::analysis::written::{filled, is_known, parts};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/parameter-overrides",
        level: Level::Warning,
        page: include_str!("parameter_overrides.md"),
    },
    effect: Effect::Run,
    check,
};

const GET_PARAM: &str = "Fn::GetParam";
const GET_ARTIFACT_ATT: &str = "Fn::GetArtifactAtt";
const ATTRIBUTES: [&str; 3] = ["BucketName", "ObjectKey", "URL"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let Some(overrides) = action.configuration("ParameterOverrides").found() else { continue };
            for value in alternatives(overrides) {
                findings.extend(wrong(value));
            }
        }
    }
}

fn wrong(value: &Value) -> Option<Diagnostic> {
    let parts = parts(value)?;
    let text = filled(&parts);
    if text.trim().is_empty() {
        return None;
    }
    let span = &value.origin.span;
    if let Some(fault) = json_fault(&text) {
        // What a deployment puts in may be the rest of it.
        return is_known(&parts).then(|| {
            let message = format!("the parameters are no JSON, so the action fails: {fault}");
            let help = "write one JSON object, e.g. `{\"Stage\": \"prod\"}`";
            Diagnostic::new(&LINT.rule, span, message).help(help)
        });
    }
    let json: Json = serde_json::from_str(&text).ok()?;
    let Json::Object(parameters) = &json else {
        return is_known(&parts).then(|| {
            let message = "the parameters are JSON and no object of names and values";
            Diagnostic::new(&LINT.rule, span, message).help("write one JSON object, e.g. `{\"Stage\": \"prod\"}`")
        });
    };
    parameters.values().find_map(|parameter| {
        let (function, argument) = parameter.as_object()?.iter().next()?;
        let (message, help) = fault_of_function(function, argument)?;
        let place = span.text().find(function.as_str()).map(|start| span.within(start, start + function.len()));
        Some(Diagnostic::new(&LINT.rule, place.as_ref().unwrap_or(span), message).help(help))
    })
}

/// What is wrong with a function, and what to write. A 0 may stand for what a deployment puts in.
fn fault_of_function(function: &str, argument: &Json) -> Option<(String, String)> {
    let texts = argument.as_array().map(|parts| parts.iter().map(|part| part.as_str().unwrap_or("0")));
    let texts: Vec<&str> = texts.map(Iterator::collect).unwrap_or_default();
    match (function, texts.as_slice()) {
        (GET_PARAM, [_, _, _]) => None,
        (GET_PARAM, _) => Some((
            format!("`{GET_PARAM}` takes an artifact, a file in it and a key of that file"),
            format!("write `{{\"{GET_PARAM}\": [\"Built\", \"parameters.json\", \"ImageTag\"]}}`"),
        )),
        (GET_ARTIFACT_ATT, [_, attribute]) if attribute.contains('0') || ATTRIBUTES.contains(attribute) => None,
        (GET_ARTIFACT_ATT, [_, attribute]) => Some((
            format!("an artifact has no attribute `{attribute}`"),
            match nearest(attribute, ATTRIBUTES) {
                Some(near) => format!("write `{near}`"),
                None => format!("write one of {}", list(ATTRIBUTES)),
            },
        )),
        (GET_ARTIFACT_ATT, _) => Some((
            format!("`{GET_ARTIFACT_ATT}` takes an artifact and the name of an attribute"),
            format!("write `{{\"{GET_ARTIFACT_ATT}\": [\"Built\", \"ObjectKey\"]}}`"),
        )),
        _ => Some((
            format!("CodePipeline knows no function `{function}` in parameters, and hands them on unresolved"),
            match nearest(function, [GET_PARAM, GET_ARTIFACT_ATT]) {
                Some(near) => format!("write `{near}`"),
                None => format!("write the value as a text, or use `{GET_PARAM}` or `{GET_ARTIFACT_ATT}`"),
            },
        )),
    }
}
