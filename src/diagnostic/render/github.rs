//! Workflow commands of GitHub Actions.

use super::{Style, is_hidden, region, with_help};
use crate::diagnostic::{Diagnostic, Level};

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    diagnostics.iter().map(|diagnostic| command(diagnostic)).collect()
}

fn command(diagnostic: &Diagnostic) -> String {
    let name = match diagnostic.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let span = &diagnostic.primary.span;
    let (start, end) = region(span);
    // Columns are only allowed where the annotation is within one line.
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column),
        false => String::new(),
    };
    format!(
        "::{name} file={file},line={line},endLine={end_line}{columns},title={title}::{message}\n",
        file = property(span.path()),
        line = start.line,
        end_line = end.line,
        title = property(diagnostic.rule.name),
        message = data(&with_help(diagnostic)),
    )
}

/// The text of a command.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            _ if is_hidden(char) => escaped.extend(char.escape_default()),
            _ => escaped.push(char),
        }
    }
    escaped
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
