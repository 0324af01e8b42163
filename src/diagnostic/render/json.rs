//! The versioned public interface for scripts. Lines and columns are 1-based, a column is one Unicode scalar value, and
//! an end is the place after the last character. Fields may be added to version 1; none is removed or changes meaning.

use serde_json::{Map, Value, json};

use super::{Style, region};
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::Span;

pub(super) const VERSION: u32 = 1;

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let findings: Vec<Value> = diagnostics.iter().map(|diagnostic| finding(diagnostic).into()).collect();
    format!("{:#}\n", json!({ "version": VERSION, "findings": findings }))
}

pub(super) fn finding(diagnostic: &Diagnostic) -> Map<String, Value> {
    let mut fields = fields(json!({
        "rule": diagnostic.rule.name,
        "level": diagnostic.level().name(),
        "message": diagnostic.message,
        "help": diagnostic.help,
    }));
    fields.extend(place(&diagnostic.primary.span));
    fields.extend(self::fields(json!({
        "related": diagnostic.related.iter().map(related).collect::<Vec<_>>(),
        "fix": diagnostic.fix.as_ref().map(fix),
        "suppressed": diagnostic.suppressed,
    })));
    fields
}

fn related(label: &Label) -> Value {
    let mut related = fields(json!({ "message": label.text }));
    related.extend(place(&label.span));
    related.into()
}

fn fix(fix: &Fix) -> Value {
    let edit = |edit: &Edit| {
        let mut fields = place(&edit.span);
        fields.insert("text".to_owned(), edit.text.clone().into());
        Value::from(fields)
    };
    json!({
        "title": fix.title,
        "safety": fix.safety.name(),
        "edits": fix.edits.iter().map(edit).collect::<Vec<_>>(),
    })
}

fn place(span: &Span) -> Map<String, Value> {
    let (start, end) = region(span);
    fields(json!({
        "path": span.path(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
