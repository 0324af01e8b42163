//! Values as YAML text.

use serde_json::Value as Json;

use crate::syntax::{PlainKind, plain};

/// Text between double quotes, as YAML and JSON read it alike.
pub(super) fn double(text: &str) -> String {
    Json::from(text).to_string()
}

/// Text without quotes where it stays the same text for readers of YAML 1.1 and 1.2.
pub(super) fn text(text: &str, in_flow: bool) -> String {
    if is_plain(text, in_flow) { text.to_owned() } else { double(text) }
}

/// Text in the quotes of `old`.
pub(super) fn like(old: &str, new: &str, in_flow: bool) -> String {
    match old.chars().next() {
        Some('"') => double(new),
        Some('\'') if !new.contains(char::is_control) => format!("'{}'", new.replace('\'', "''")),
        Some('\'') => double(new),
        _ => text(new, in_flow),
    }
}

pub(super) fn scalar(value: &Json, in_flow: bool) -> String {
    match value {
        Json::String(string) => text(string, in_flow),
        other => other.to_string(),
    }
}

/// A value between brackets, with quotes only where they are needed.
pub(super) fn flow(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", text(key, true), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        leaf => scalar(leaf, true),
    }
}

/// What follows the colon of a key that is indented by `indent` spaces: a space and a scalar, or lines.
pub(super) fn block(value: &Json, indent: usize) -> String {
    let line = format!("\n{}", " ".repeat(indent + 2));
    match value {
        Json::Array(items) if !items.is_empty() => {
            let item = |item: &Json| match item {
                Json::Array(_) | Json::Object(_) => flow(item),
                leaf => scalar(leaf, false),
            };
            items.iter().map(|value| format!("{line}- {}", item(value))).collect()
        }
        Json::Object(entries) if !entries.is_empty() => {
            let entry =
                |(key, value): (&String, &Json)| format!("{line}{}:{}", text(key, false), block(value, indent + 2));
            entries.iter().map(entry).collect()
        }
        Json::Array(_) | Json::Object(_) => format!(" {value}"),
        leaf => format!(" {}", scalar(leaf, false)),
    }
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let begins_well = text.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '_' | '/' | '.'));
    let is_flow_mark = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}' | ':');
    // YAML 1.1 reads dates, times and numbers by sixties that YAML 1.2 takes for text.
    let is_number_like = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:._+eETZ ".contains(&byte));
    let is_unseen = |c: char| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}');
    let ends_early = text.ends_with([' ', ':'])
        || [": ", " #"].iter().any(|mark| text.contains(mark))
        || (in_flow && text.contains(is_flow_mark))
        || text.contains(is_unseen);
    let is_marker = ["---", "..."].iter().any(|marker| text.starts_with(marker));
    let is_another_kind = is_number_like
        || plain::is_null(text)
        || plain::plain_kind(text) != PlainKind::Text
        || ["y", "n", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    begins_well && !ends_early && !is_marker && !is_another_kind
}
