//! The document as text.

use serde_json::Value as Json;

/// Prints a document, with a blank line above each part. Short mappings and lists stand on one line.
pub(super) fn print(document: &Json) -> String {
    let mut text = String::new();
    for (key, part) in document.as_object().into_iter().flatten() {
        if part.is_object() || part.is_array() {
            text.push('\n');
        }
        entry(&mut text, key, part, 0, false);
    }
    text
}

/// Longer lines are broken.
const WIDTH: usize = 110;

fn entry(out: &mut String, key: &str, value: &Json, indent: usize, may_flow: bool) {
    out.push_str(&format!("{}:", scalar(key, false)));
    under(out, value, indent, may_flow, key.len() + 2);
}

/// What stands after a key or a dash, with the end of its line.
fn under(out: &mut String, value: &Json, indent: usize, may_flow: bool, before: usize) {
    let line = flow(value).filter(|line| indent + before + line.len() <= WIDTH);
    let is_list_of_words = |items: &Vec<Json>| items.iter().all(|item| !item.is_object() && !item.is_array());
    match value {
        Json::Object(map) if !(map.is_empty() || may_flow && line.is_some()) => {
            out.push('\n');
            for (key, item) in map {
                out.push_str(&" ".repeat(indent + 2));
                entry(out, key, item, indent + 2, indent >= 2 || !item.is_object());
            }
        }
        Json::Array(items) if !items.is_empty() && !(line.is_some() && (may_flow || is_list_of_words(items))) => {
            out.push('\n');
            for item in items {
                out.push_str(&format!("{}-", " ".repeat(indent + 2)));
                match item {
                    Json::Object(map) if !map.is_empty() => {
                        for (index, (key, item)) in map.iter().enumerate() {
                            let before = if index == 0 { " ".to_owned() } else { " ".repeat(indent + 4) };
                            out.push_str(&before);
                            entry(out, key, item, indent + 4, true);
                        }
                    }
                    other => under(out, other, indent + 2, true, 2),
                }
            }
        }
        Json::String(text) if text.contains('\n') && is_block(text) => {
            let chomp = if text.ends_with('\n') { "" } else { "-" };
            out.push_str(&format!(" |{chomp}\n"));
            for line in text.trim_end_matches('\n').split('\n') {
                let line = if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent + 2)) };
                out.push_str(&line);
                out.push('\n');
            }
        }
        Json::Object(_) | Json::Array(_) => {
            out.push_str(&format!(" {}\n", line.or_else(|| flow(value)).unwrap_or_else(|| value.to_string())));
        }
        other => out.push_str(&format!(" {}\n", word(other, false))),
    }
}

/// Whether a text keeps its meaning as a literal block.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_plain =
        |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'));
    !body.ends_with('\n') && !body.starts_with([' ', '\n', '\t']) && text.chars().all(is_plain)
}

/// On one line; `None` when there are several lines of text inside.
fn flow(value: &Json) -> Option<String> {
    match value {
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect::<Option<_>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        Json::Object(map) => {
            let one = |(key, item): (&String, &Json)| Some(format!("{}: {}", scalar(key, true), flow(item)?));
            let entries: Vec<String> = map.iter().map(one).collect::<Option<_>>()?;
            Some(format!("{{{}}}", entries.join(", ")))
        }
        Json::String(text) if text.contains('\n') => None,
        other => Some(word(other, true)),
    }
}

fn word(value: &Json, in_flow: bool) -> String {
    match value {
        Json::String(text) => scalar(text, in_flow),
        other => other.to_string(),
    }
}

/// A text, in quotes where it would not be read as this text without.
fn scalar(text: &str, in_flow: bool) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "_./-+=@%*$(){}<>:,;!?~^&'\" ".contains(c);
    let starts = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '$'));
    let ends = text.ends_with(|c: char| !matches!(c, ' ' | ':'));
    let numeric = text.chars().all(|c| c.is_ascii_digit() || "._:+-eExXoO".contains(c));
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let meant = words.contains(&text.to_ascii_lowercase().as_str()) || text.parse::<f64>().is_ok();
    let structure = text.contains(": ") || text.contains(" #") || (in_flow && text.contains([',', '[', ']', '{', '}']));
    let hex = text.starts_with("0x") || text.starts_with("0o");
    match starts && ends && text.chars().all(is_word) && !numeric && !meant && !structure && !hex {
        true => text.to_owned(),
        false => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;
    use crate::source::SourceFile;
    use crate::syntax::{self, Node, PlainKind, Value};

    fn read(node: &Node) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Scalar(scalar) => match scalar.kind() {
                PlainKind::Boolean(value) => json!(value),
                PlainKind::Integer(value) => json!(value),
                PlainKind::Float(value) => json!(value),
                PlainKind::Text => json!(scalar.text),
            },
            Value::List(items) => items.iter().map(read).collect(),
            Value::Map(entries) => {
                entries.iter().map(|entry| (entry.key.text.clone(), read(&entry.value))).collect::<Map<_, _>>().into()
            }
        }
    }

    fn part() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            any::<i32>().prop_map(Json::from),
            "[a-z0-9:#,{}$'\" .~!|>@*&%?-]{0,12}".prop_map(Json::from),
            "(on|0x1f|1e3|注文|a: b|a\n\nb\n| x|\u{2028}|-|null|~|12:30){1,2}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map("[a-z][a-z .:#]{0,6}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(value in part()) {
            let document = json!({ "top": { "thing": value } });
            let text = print(&document);
            let parsed = syntax::parse(&SourceFile::new("a.yaml", &*text));
            prop_assert!(parsed.diagnostics.is_empty(), "{text}\n{:?}", parsed.diagnostics);
            prop_assert_eq!(read(&parsed.root), document, "{}", text);
        }
    }
}
