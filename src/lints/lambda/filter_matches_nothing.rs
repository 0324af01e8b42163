use serde_json::{Map, Value as Json};

use super::filters::{fields, filters};
use crate::analysis::System;
use crate::analysis::event_source::Kind;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/filter-matches-nothing",
        level: Level::Warning,
        page: include_str!("filter_matches_nothing.md"),
    },
    effect: Effect::Loss,
    check,
};

/// What every event has.
const COMMON: &[&str] = &["awsRegion", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion"];

const KINESIS: &[&str] = &[
    "approximateArrivalTimestamp",
    "data",
    "encryptionType",
    "invokeIdentityArn",
    "kinesis",
    "kinesisSchemaVersion",
    "partitionKey",
    "sequenceNumber",
];
const TABLE: &[&str] = &["dynamodb", "userIdentity"];
const QUEUE: &[&str] =
    &["attributes", "body", "md5OfBody", "md5OfMessageAttributes", "messageAttributes", "messageId", "receiptHandle"];

/// The types of attributes of a table, under which their values stand.
const ATTRIBUTE_TYPES: &[&str] = &["B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for filter in filters(system) {
        let Some(kind) = filter.source.kind else { continue };
        let Ok(Json::Object(pattern)) = serde_json::from_str(&filter.text) else { continue };
        if let Some((message, help)) = unknown_field(&pattern, kind).or_else(|| untyped(&pattern, kind)) {
            findings.push(Diagnostic::new(&LINT.rule, &filter.value.origin.span, message).help(help));
        }
    }
}

fn unknown_field(pattern: &Map<String, Json>, kind: Kind) -> Option<(String, String)> {
    let (known, inside) = match kind {
        Kind::Kinesis => (KINESIS, "data"),
        Kind::Table => (TABLE, "dynamodb"),
        Kind::Queue => (QUEUE, "body"),
        // Which fields a record of Kafka has is not written down as fully.
        Kind::Kafka => return None,
    };
    let (name, _) = pattern.iter().find(|(name, value)| {
        let name = name.as_str();
        name != "$or" && !known.contains(&name) && !COMMON.contains(&name) && !is_met_by_absence(value)
    })?;
    let message =
        format!("no record of {} has a field `{name}` beside `{inside}`, so the pattern matches none", kind.name());
    let help = match kind {
        Kind::Table => format!(
            "name the image that is to match: `{{\"dynamodb\": {{\"NewImage\": {{\"{name}\": {{\"S\": …}}}}}}}}`"
        ),
        _ => format!("put it inside of `{inside}`: `{{\"{inside}\": {{\"{name}\": …}}}}`"),
    };
    Some((message, help))
}

/// Whether a field that is not there may be what is asked for.
fn is_met_by_absence(pattern: &Json) -> bool {
    match pattern {
        Json::Object(fields) => fields.contains_key("exists") || fields.values().any(is_met_by_absence),
        Json::Array(items) => items.iter().any(is_met_by_absence),
        _ => false,
    }
}

/// An attribute of a table whose value does not stand under its type.
fn untyped(pattern: &Map<String, Json>, kind: Kind) -> Option<(String, String)> {
    let change = pattern.get("dynamodb").filter(|_| kind == Kind::Table)?.as_object()?;
    let images = fields(change).into_iter().filter(|(name, _)| ["Keys", "NewImage", "OldImage"].contains(name));
    images.filter_map(|(_, image)| image.as_object()).flat_map(fields).find_map(|(name, value)| {
        let typed =
            value.as_object().is_some_and(|types| types.keys().any(|it| ATTRIBUTE_TYPES.contains(&it.as_str())));
        (!typed && !is_met_by_absence(value)).then(|| {
            (
                format!(
                    "the values of `{name}` stand under their type in the stream of a table, so the pattern \
                     matches none"
                ),
                format!(
                    "put the type between: `\"{name}\": {{\"S\": …}}`, one of {}",
                    list(ATTRIBUTE_TYPES.iter().copied())
                ),
            )
        })
    })
}
