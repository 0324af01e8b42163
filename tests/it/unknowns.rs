//! What is decided at deployment is no mistake: each value of the right examples in turn is made unknown.

use tidegate::check::{self, FileKind};
use tidegate::compile;
use tidegate::diagnostic::{Diagnostic, Level};
use tidegate::source::{SourceFile, Span};
use tidegate::syntax::{self, Entry, Node, Value};

use crate::support::{blocks, document, document_beside};

/// The values of properties of resources that a person may give in another way. Those inside a function are its own.
fn values(root: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    for (_, resource) in entries(root).iter().filter(|(key, _)| *key == "Resources").flat_map(|(_, it)| entries(it)) {
        for (_, properties) in entries(resource).iter().filter(|(key, _)| *key == "Properties") {
            entries(properties).iter().for_each(|(_, value)| collect(value, &mut spans));
        }
    }
    spans
}

fn entries(node: &Node) -> Vec<(&str, &Node)> {
    let Value::Map(entries) = &node.value else { return Vec::new() };
    entries.iter().map(|Entry { key, value, .. }| (key.text.as_str(), value)).collect()
}

fn collect(node: &Node, spans: &mut Vec<Span>) {
    let inside = entries(node);
    let is_function = node.tag.is_some() || inside.iter().any(|(key, _)| key.starts_with("Fn::") || *key == "Ref");
    if !matches!(node.value, Value::Null) && node.used_at.is_none() && !is_function {
        spans.push(node.span.clone());
        inside.iter().for_each(|(_, value)| collect(value, spans));
        if let Value::List(items) = &node.value {
            items.iter().for_each(|item| collect(item, spans));
        }
    }
}

/// What an unknown value may bring about: hints, and that what was ignored is no longer found.
fn is_false(finding: &Diagnostic) -> bool {
    finding.level() != Level::Info && !finding.is_suppressed() && finding.rule.name != "ignore/unused"
}

/// Whether a text means the same within brackets.
fn stands_in_brackets(text: &str) -> bool {
    let is_flow = text.starts_with(['{', '[', '"', '\'']);
    !text.contains('\n') && (is_flow || !text.contains([',', '[', ']', '{', '}', ':', '#', '-']))
}

fn replaced(text: &str, span: &Span, by: &str) -> String {
    let (start, end) = (span.start, span.end);
    // A block ends with its last line.
    let newline = if text[start..end].ends_with('\n') { "\n" } else { "" };
    format!("{}{by}{newline}{}", &text[..start], &text[end..])
}

#[test]
fn an_unknown_value_is_no_mistake() {
    let mut complaints = Vec::new();
    let mut tried = 0;
    for rule in compile::rules() {
        for text in blocks(rule.page, "yaml accepted") {
            if check::check(&document_beside(text, rule.page, "accepted")).kind != Some(FileKind::Template) {
                continue;
            }
            let root = syntax::parse(&SourceFile::new("template.yaml", text)).root;
            for span in values(&root) {
                let mut ways = vec![replaced(text, &span, "!ImportValue decided-at-deployment")];
                let own = &text[span.start..span.end];
                if stands_in_brackets(own) && !text.contains("\nConditions:") {
                    let conditional = replaced(text, &span, &format!("!If [Decided, {own}, {own}]"));
                    ways.push(format!(
                        "{conditional}\nConditions: {{Decided: !Equals [!Ref AWS::Region, eu-west-1]}}\n"
                    ));
                }
                for changed in ways {
                    let found = check::check(&document(&changed)).diagnostics;
                    tried += 1;
                    for finding in found.iter().filter(|finding| is_false(finding)) {
                        let line = text[..span.start].lines().count();
                        complaints
                            .push(format!("{} line {line}: {}: {}", rule.name, finding.rule.name, finding.message));
                    }
                }
            }
        }
    }
    assert!(tried > 1000, "only {tried} values were tried");
    assert!(complaints.is_empty(), "{} of {tried}:\n{}", complaints.len(), complaints.join("\n"));
}
