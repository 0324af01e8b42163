use serde_json::{Map, Value as Json};

use super::filters::{fields, filters};
use crate::analysis::System;
use crate::analysis::event_source::Kind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/event-filter", level: Level::Error, page: include_str!("event_filter.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for filter in filters(system) {
        let fault = match serde_json::from_str(&filter.text) {
            Ok(Json::Object(pattern)) => bare(&pattern).or_else(|| plain_data(&pattern, filter.source.kind)),
            Ok(_) => Some((
                "the pattern is no JSON object, and Lambda refuses it".to_owned(),
                "name the field that is to match: `{\"data\": {\"status\": [\"done\"]}}`".to_owned(),
            )),
            Err(error) => Some((
                format!("the pattern is no JSON, and Lambda refuses it: {error}"),
                match filter.text.contains('\'') && !filter.text.contains('"') {
                    true => "write double quotes inside the pattern, and single quotes around it".to_owned(),
                    false => "write a JSON object, e.g. `{\"data\": {\"status\": [\"done\"]}}`".to_owned(),
                },
            )),
        };
        if let Some((message, help)) = fault {
            findings.push(Diagnostic::new(&LINT.rule, &filter.value.origin.span, message).help(help));
        }
    }
}

/// A field that is to have a value which stands in no list.
fn bare(pattern: &Map<String, Json>) -> Option<(String, String)> {
    fields(pattern).into_iter().find_map(|(name, value)| match value {
        Json::Object(fields) => bare(fields),
        Json::Array(_) => None,
        _ => Some((
            format!("`{name}` of the pattern has a value that stands in no list, and Lambda refuses it"),
            format!("write `\"{name}\": [{value}]`"),
        )),
    })
}

/// The data of a Kinesis record can be matched only as JSON.
fn plain_data(pattern: &Map<String, Json>, kind: Option<Kind>) -> Option<(String, String)> {
    let is_plain = |value: &Json| value.as_array().is_some_and(|items| items.iter().any(|item| !item.is_object()));
    let found = kind == Some(Kind::Kinesis)
        && fields(pattern).into_iter().any(|(name, value)| name == "data" && is_plain(value));
    found.then(|| {
        (
            "the data of a Kinesis record is matched by its fields, and Lambda refuses a pattern of plain values for it"
                .to_owned(),
            "name a field of the data: `{\"data\": {\"status\": [\"done\"]}}`".to_owned(),
        )
    })
}
