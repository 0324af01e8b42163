//! Reviewdog Diagnostic Format, for comments in reviews. Its columns count bytes of UTF-8 from 1.

use serde_json::{Value, json};

use super::{Style, relative, with_help};
use crate::diagnostic::{Diagnostic, Edit, Level};
use crate::source::Span;

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let diagnostics: Vec<Value> = diagnostics.iter().map(|diagnostic| finding(diagnostic)).collect();
    format!("{:#}\n", json!({ "source": { "name": env!("CARGO_PKG_NAME") }, "diagnostics": diagnostics }))
}

fn finding(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.level() {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Info => "INFO",
    };
    let span = &diagnostic.primary.span;
    let mut finding = json!({
        "message": with_help(diagnostic),
        "location": { "path": relative(span.path()), "range": range(span) },
        "severity": severity,
        "code": { "value": diagnostic.rule.name },
    });
    // Suggestions are taken one by one, so a fix of several edits would be made by halves.
    if let Some([edit]) = diagnostic.fix.as_ref().map(|fix| fix.edits.as_slice()) {
        finding["suggestions"] = json!([suggestion(edit)]);
    }
    finding
}

fn suggestion(edit: &Edit) -> Value {
    json!({ "range": range(&edit.span), "text": edit.text })
}

fn range(span: &Span) -> Value {
    json!({ "start": position(span, span.start), "end": position(span, span.end.max(span.start)) })
}

fn position(span: &Span, at: usize) -> Value {
    let text = span.file.text();
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": span.file.position(at).line, "column": at - start + 1 })
}
