use super::patterns::{branches, patterns, read};
use crate::analysis::System;
use crate::analysis::value::{alternatives, entries, text};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/event-pattern", level: Level::Error, page: include_str!("event_pattern.md") },
    effect: Effect::Deployment,
    check,
};

/// What a filter in a list may be called.
const FILTERS: &[&str] =
    &["anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix", "suffix", "wildcard"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for value in patterns(system) {
        match read(value) {
            Some(Ok(pattern)) => fields(&pattern, findings),
            Some(Err(fault)) => {
                let message = format!("the event pattern is refused: {fault}");
                let help = "write a map of fields, each with a list of values, e.g. `source: [aws.s3]`";
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
            }
            None => {}
        }
    }
}

fn fields(map: &Value, findings: &mut Vec<Diagnostic>) {
    let ValueKind::Map(fields) = &map.kind else { return };
    if fields.is_empty() {
        let message = "an empty map is no event pattern, and EventBridge refuses it";
        let help = "name a field that every event has, e.g. `source: [{prefix: \"\"}]`, or remove the map";
        findings.push(Diagnostic::new(&LINT.rule, &map.origin.span, message).help(help));
    }
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with("Fn::")) {
        match branches(key, value) {
            Some(branches) => branches.iter().for_each(|branch| self::fields(branch, findings)),
            None => alternatives(value).into_iter().for_each(|value| field(key, value, findings)),
        }
    }
}

fn field(key: &str, value: &Value, findings: &mut Vec<Diagnostic>) {
    let mut push = |span, message: String, help: String| {
        findings.push(Diagnostic::new(&LINT.rule, span, message).help(help));
    };
    let span = &value.origin.span;
    match &value.kind {
        ValueKind::Map(_) => fields(value, findings),
        ValueKind::Intrinsic(_) => {}
        ValueKind::List(items) if items.is_empty() => push(
            span,
            format!("`{key}` has no value that it may have, and EventBridge refuses an empty list"),
            format!("write the values that `{key}` may have, or remove it"),
        ),
        ValueKind::List(items) => {
            items.iter().flat_map(alternatives).filter_map(item).for_each(|(span, message, help)| {
                push(span, message, help);
            })
        }
        _ => push(
            span,
            format!("`{key}` has one value where EventBridge wants a list of those it may have"),
            match text(value) {
                Some(one) => format!("write `{key}: [{one}]`"),
                None => format!("write the value of `{key}` in brackets"),
            },
        ),
    }
}

/// Where an item of a list is wrong, why, and what to write.
fn item(item: &Value) -> Option<(&Span, String, String)> {
    let span = &item.origin.span;
    match &item.kind {
        ValueKind::List(_) => {
            let message = "a list of values holds a list, which EventBridge refuses";
            Some((span, message.to_owned(), "write its values into the list around it".to_owned()))
        }
        ValueKind::Map(filters) if filters.len() != 1 => {
            let message = "a filter has one key, and EventBridge refuses this one";
            Some((span, message.to_owned(), "write each filter as an item of the list".to_owned()))
        }
        ValueKind::Map(_) => {
            let (name, value) = entries(item).first()?;
            if FILTERS.contains(&name.as_str()) || name.starts_with("Fn::") {
                return None;
            }
            let help = match nearest(name, FILTERS.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => {
                    format!("use one of {}; fields of the event stand outside of lists", list(FILTERS.iter().copied()))
                }
            };
            Some((
                value.key_span(),
                format!("`{name}` is no filter of event patterns, and EventBridge refuses it"),
                help,
            ))
        }
        _ => None,
    }
}
