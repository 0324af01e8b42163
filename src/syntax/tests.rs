//! What is read, where it stands, and what is said of that which cannot be read.

mod bounds;
mod embedded;
mod faults;
mod generated;
mod values;

use serde_json::{Value as Json, json};

use super::*;

fn read(text: &str) -> Parsed {
    parse(&SourceFile::new("pipeline.yaml", text))
}

/// Reads text that has no fault.
fn sound(text: &str) -> Node {
    let parsed = read(text);
    assert_eq!(told(&parsed), Vec::<String>::new(), "{text}");
    assert!(parsed.unread.is_empty());
    parsed.root
}

/// Each message as `rule line:column text`.
fn told(parsed: &Parsed) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let at = diagnostic.primary.span.start_position();
        let shown = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
        let text: String = diagnostic.primary.span.text().chars().map(shown).collect();
        format!("{} {}:{} {}", diagnostic.rule.name, at.line, at.column, text)
    };
    parsed.diagnostics.iter().map(line).collect()
}

/// The value as JSON, by YAML 1.2's core schema; tags are left out.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(scalar) => match scalar.kind() {
            PlainKind::Text => json!(scalar.text),
            PlainKind::Boolean(value) => json!(value),
            PlainKind::Integer(value) => json!(value),
            PlainKind::Float(value) => json!(value),
        },
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.text.clone(), json(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// The value at a path of keys and indexes, `a/0/b`.
fn at<'a>(node: &'a Node, path: &str) -> &'a Node {
    path.split('/').filter(|part| !part.is_empty()).fold(node, |node, part| match &node.value {
        Value::List(items) => &items[part.parse::<usize>().unwrap()],
        Value::Map(entries) => {
            &entries
                .iter()
                .find(|entry| entry.key.text == part)
                .unwrap_or_else(|| panic!("no {part} in {entries:#?}"))
                .value
        }
        other => panic!("no {part} in {other:?}"),
    })
}

/// What must hold of every tree, whatever was read.
fn check_laws(text: &str, parsed: &Parsed) {
    let check = |span: &Span| {
        assert!(span.start <= span.end && text.get(span.start..span.end).is_some(), "{}..{}", span.start, span.end);
    };
    for diagnostic in &parsed.diagnostics {
        check(&diagnostic.primary.span);
        diagnostic.related.iter().for_each(|label| check(&label.span));
        assert!(!diagnostic.message.is_empty() && diagnostic.help.is_some() && !diagnostic.primary.text.is_empty());
        assert!(!diagnostic.message.contains('\n') && !diagnostic.help.as_ref().unwrap().contains('\n'));
    }
    parsed.unread.iter().for_each(check);
    let forbidden = parsed.diagnostics.iter().any(|diagnostic| diagnostic.message.contains("control character"));
    check_node(&parsed.root, None, forbidden, &check);
}

fn check_node(node: &Node, parent: Option<&Span>, forbidden: bool, check: &impl Fn(&Span)) {
    check(&node.span);
    let inside = |span: &Span| parent.is_none_or(|parent| parent.start <= span.start && span.end <= parent.end);
    assert!(node.used_at.is_some() || inside(&node.span), "{:?} {:?}", node.span.text(), parent.map(Span::text));
    node.used_at.iter().for_each(check);
    match &node.value {
        Value::Null => {
            let text = node.span.text();
            assert!(plain::is_null(text) || text.starts_with('*'), "{text:?}");
        }
        Value::Scalar(scalar) => {
            let text = node.span.text();
            let is_one_line = !text.contains(['\n', '\r']);
            if scalar.plain && is_one_line && !forbidden && !text.starts_with(['"', '\'']) {
                assert_eq!(scalar.text, text);
            }
            let is_block = text.starts_with(['|', '>']);
            assert!(is_block || text == text.trim_matches(lex::SPACES), "{text:?}");
        }
        Value::List(items) => items.iter().for_each(|item| check_node(item, Some(&node.span), forbidden, check)),
        Value::Map(entries) => {
            let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.text.as_str()).collect();
            keys.sort_unstable();
            assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{keys:?}");
            for Entry { key, value } in entries {
                check(&key.span);
                assert!(value.used_at.is_some() || node.span.start <= key.span.start);
                check_node(value, Some(&node.span), forbidden, check);
            }
        }
    }
}
