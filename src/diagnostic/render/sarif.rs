//! SARIF 2.1.0.

use std::collections::BTreeMap;

use crate::source::sha256;
use serde_json::{Value, json};

use super::{Style, region};
use crate::diagnostic::{Diagnostic, Label, Level, Rule};
use crate::source::Span;

pub(super) fn render(diagnostics: &[Diagnostic], _style: Style) -> String {
    let mut rules: Vec<&Rule> = diagnostics.iter().map(|diagnostic| diagnostic.rule).collect();
    rules.sort_by_key(|rule| rule.name);
    rules.dedup_by_key(|rule| rule.name);

    let mut seen = BTreeMap::new();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, &rules, &mut seen)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    let summary = rule.summary();
    let help = if rule.page.is_empty() { &summary } else { rule.page };
    json!({
        "id": rule.name,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level(rule.level) },
    })
}

/// `rules` are sorted by name; `seen` counts the equal findings so far.
fn result(diagnostic: &Diagnostic, rules: &[&Rule], seen: &mut BTreeMap<String, usize>) -> Value {
    let fingerprint = fingerprint(diagnostic);
    let ordinal = seen.entry(fingerprint.clone()).or_default();
    *ordinal += 1;

    let mut result = json!({
        "ruleId": diagnostic.rule.name,
        "ruleIndex": rules.partition_point(|rule| rule.name < diagnostic.rule.name),
        "level": level(diagnostic.level()),
        "message": { "text": message(diagnostic) },
        "locations": [{ "physicalLocation": physical_location(&diagnostic.primary.span) }],
        "partialFingerprints": { "tidegateFinding/v1": format!("{fingerprint}:{ordinal}") },
    });
    if !diagnostic.related.is_empty() {
        result["relatedLocations"] = diagnostic.related.iter().enumerate().map(related_location).collect();
    }
    result
}

fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

fn related_location((index, label): (usize, &Label)) -> Value {
    let mut location = json!({ "id": index, "physicalLocation": physical_location(&label.span) });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn physical_location(span: &Span) -> Value {
    let (start, end) = region(span);
    json!({
        "artifactLocation": artifact_location(span.path()),
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    })
}

fn artifact_location(path: &str) -> Value {
    if let Some(rest) = path.strip_prefix('/') {
        return json!({ "uri": format!("file:///{}", percent_encode(rest)) });
    }
    match path.split_once(":/") {
        Some((drive, rest)) if drive.len() == 1 => {
            json!({ "uri": format!("file:///{drive}:/{}", percent_encode(rest)) })
        }
        _ => json!({ "uri": percent_encode(relative(path)), "uriBaseId": "%SRCROOT%" }),
    }
}

fn relative(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// Leaves RFC 3986's unreserved characters and the separators between segments.
fn percent_encode(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// What makes a finding the same one after the file was edited elsewhere: not its line, nor any number in its message.
fn fingerprint(diagnostic: &Diagnostic) -> String {
    let message: String = diagnostic.message.chars().filter(|char| !char.is_numeric()).collect();
    let parts = [diagnostic.rule.name, relative(diagnostic.primary.span.path()), &message];
    format!("{:.32}", sha256(parts.map(|part| format!("{part}\0")).concat()))
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}
