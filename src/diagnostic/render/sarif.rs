//! SARIF 2.1.0.

use serde_json::{Value, json};

use super::{Fingerprints, Style, region, relative, with_help};
use crate::diagnostic::{Diagnostic, Edit, Fix, Label, Level, Rule};
use crate::source::Span;

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let mut rules: Vec<&Rule> = diagnostics.iter().map(|diagnostic| diagnostic.rule).collect();
    rules.sort_by_key(|rule| rule.name);
    rules.dedup_by_key(|rule| rule.name);

    let mut fingerprints = Fingerprints::default();
    let result = |diagnostic: &&Diagnostic| result(diagnostic, &rules, fingerprints.next(diagnostic));
    let results: Vec<Value> = diagnostics.iter().map(result).collect();
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

/// `rules` are sorted by name.
fn result(diagnostic: &Diagnostic, rules: &[&Rule], fingerprint: String) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.rule.name,
        "ruleIndex": rules.partition_point(|rule| rule.name < diagnostic.rule.name),
        "level": level(diagnostic.level()),
        "message": { "text": with_help(diagnostic) },
        "locations": [{ "physicalLocation": physical_location(&diagnostic.primary.span) }],
        "partialFingerprints": { "tidegateFinding/v1": fingerprint },
    });
    if !diagnostic.related.is_empty() {
        result["relatedLocations"] = diagnostic.related.iter().enumerate().map(related_location).collect();
    }
    if let Some(reason) = &diagnostic.suppressed {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([self::fix(fix)]);
    }
    result
}

fn fix(fix: &Fix) -> Value {
    let replacement = |edit: &Edit| {
        let removed = region_of(&edit.span);
        json!({ "deletedRegion": removed, "insertedContent": { "text": edit.text } })
    };
    let path = fix.edits.first().map_or("", |edit| edit.span.path());
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": artifact_location(path),
            "replacements": fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn related_location((index, label): (usize, &Label)) -> Value {
    let mut location = json!({ "id": index, "physicalLocation": physical_location(&label.span) });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn physical_location(span: &Span) -> Value {
    json!({ "artifactLocation": artifact_location(span.path()), "region": region_of(span) })
}

fn region_of(span: &Span) -> Value {
    let (start, end) = region(span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
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

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}
