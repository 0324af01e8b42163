//! The versioned public interface for scripts. Lines and columns are 1-based, a column is one Unicode scalar value, and
//! an end is the place after the last character. Fields may be added to version 1; none is removed or changes meaning.

use serde_json::{Value, json};

use super::{Style, region};
use crate::diagnostic::{Diagnostic, Label};

pub(super) fn render(diagnostics: &[Diagnostic], _style: Style) -> String {
    let findings: Vec<Value> = diagnostics.iter().map(finding).collect();
    format!("{:#}\n", json!({ "version": 1, "findings": findings }))
}

fn finding(diagnostic: &Diagnostic) -> Value {
    let span = &diagnostic.primary.span;
    let (start, end) = region(span);
    json!({
        "rule": diagnostic.rule.name,
        "level": diagnostic.level().name(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "path": span.path(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "related": diagnostic.related.iter().map(related).collect::<Vec<_>>(),
    })
}

fn related(label: &Label) -> Value {
    let (start, end) = region(&label.span);
    json!({
        "message": label.text,
        "path": label.span.path(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}
