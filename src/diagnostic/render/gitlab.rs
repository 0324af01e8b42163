//! The Code Quality report of GitLab, which its merge requests show beside the changed lines.

use serde_json::{Value, json};

use super::{Fingerprints, Style, region, relative, with_help};
use crate::diagnostic::{Diagnostic, Level};

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let mut fingerprints = Fingerprints::default();
    let issues: Vec<Value> =
        diagnostics.iter().map(|diagnostic| issue(diagnostic, fingerprints.next(diagnostic))).collect();
    format!("{:#}\n", Value::from(issues))
}

fn issue(diagnostic: &Diagnostic, fingerprint: String) -> Value {
    let span = &diagnostic.primary.span;
    let (start, end) = region(span);
    let severity = match diagnostic.level() {
        Level::Error => "critical",
        Level::Warning => "major",
        Level::Info => "info",
    };
    json!({
        "description": with_help(diagnostic),
        "check_name": diagnostic.rule.name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": relative(span.path()),
            "positions": {
                "begin": { "line": start.line, "column": start.column },
                "end": { "line": end.line, "column": end.column },
            },
        },
    })
}
