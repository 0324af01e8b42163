//! A comment for a pull request: what was found, file by file, with the mends folded away.

use super::{Style, inline, region};
use crate::diagnostic::{Diagnostic, summary_of};

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    if diagnostics.is_empty() {
        return "### Tidegate: nothing to complain of\n".to_owned();
    }
    let files = diagnostics.chunk_by(|one, other| one.primary.span.path() == other.primary.span.path());
    format!("### Tidegate: {}\n{}", summary_of(diagnostics.iter().copied()), files.map(file).collect::<String>())
}

/// The findings of one file.
fn file(findings: &[&Diagnostic]) -> String {
    let path = findings.first().map_or("", |finding| finding.primary.span.path());
    let rows: String = findings.iter().map(|finding| row(finding)).collect();
    format!("\n**{}**\n\n| Line | Level | Finding |\n|---:|---|---|\n{rows}", prose(path))
}

fn row(finding: &Diagnostic) -> String {
    let (start, _) = region(&finding.primary.span);
    let help = finding.help.as_ref().map(|help| format!("<br>→ {}", prose(help))).unwrap_or_default();
    format!(
        "| {} | {} | {}{help}<br><sub>{}</sub> |\n",
        start.line,
        finding.level().name(),
        prose(&finding.message),
        finding.rule.name,
    )
}

/// Text whose only markup is code between backticks, as a cell of a table.
pub fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // With an odd number of backticks nobody knows which text is code.
    if parts.len().is_multiple_of(2) {
        return plain(&text.replace('`', "'"));
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => plain(part),
        // A cell ends at a bar even inside of code.
        _ => format!("`{}`", inline(part).replace('|', "\\|")),
    };
    parts.iter().enumerate().map(part).collect()
}

fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            escaped.push_str("<br>");
        }
        for char in inline(line).chars() {
            match char {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                // A mention would call somebody.
                '@' => escaped.push_str("&#64;"),
                '\\' | '|' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '$' => escaped.extend(['\\', char]),
                _ => escaped.push(char),
            }
        }
    }
    escaped
}
