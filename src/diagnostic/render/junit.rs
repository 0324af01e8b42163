//! JUnit's XML, which most CI systems list as test results: a suite for each file, a case for each rule that found
//! something in it. Findings that are no more than information are output and not failures.

use super::{Style, block, region, with_help};
use crate::diagnostic::{Diagnostic, Level};

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    let suites: Vec<Suite> =
        diagnostics.chunk_by(|one, other| one.primary.span.path() == other.primary.span.path()).map(suite).collect();
    let tests: usize = suites.iter().map(|suite| suite.tests).sum();
    let failures: usize = suites.iter().map(|suite| suite.failures).sum();
    let suites: String = suites.into_iter().map(|suite| suite.text).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\">\n{suites}</testsuites>\n",
        env!("CARGO_PKG_NAME"),
    )
}

struct Suite {
    tests: usize,
    failures: usize,
    text: String,
}

/// The findings of one file.
fn suite(findings: &[&Diagnostic]) -> Suite {
    let path = findings.first().map_or("", |finding| finding.primary.span.path());
    let mut by_rule = findings.to_vec();
    by_rule.sort_by_key(|finding| finding.rule.name);
    let cases: Vec<&[&Diagnostic]> = by_rule.chunk_by(|one, other| std::ptr::eq(one.rule, other.rule)).collect();
    let failures = cases.iter().filter(|case| case.iter().any(|finding| finding.level() != Level::Info)).count();
    let text = format!(
        "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\">\n{cases}  </testsuite>\n",
        path = escape(path),
        tests = cases.len(),
        cases = cases.iter().map(|case| self::case(path, case)).collect::<String>(),
    );
    Suite { tests: cases.len(), failures, text }
}

/// The findings of one rule in one file.
fn case(path: &str, findings: &[&Diagnostic]) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let results: String = findings.iter().map(|finding| result(finding)).collect();
    format!(
        "    <testcase name=\"{name}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\">\n{results}    </testcase>\n",
        name = escape(first.rule.name),
        path = escape(path),
        line = region(&first.primary.span).0.line,
    )
}

fn result(finding: &Diagnostic) -> String {
    let start = region(&finding.primary.span).0;
    let place = format!("{}:{}:{}", finding.primary.span.path(), start.line, start.column);
    let text = escape(&format!("{place}: {}", with_help(finding)));
    match finding.level() {
        Level::Info => format!("      <system-out>{text}</system-out>\n"),
        level => format!(
            "      <failure type=\"{}\" message=\"{}\">{text}</failure>\n",
            level.name(),
            escape(&finding.message),
        ),
    }
}

/// For text and attributes; characters that XML 1.0 cannot hold are written as escapes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in block(text).chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // An attribute would be read with a space in its place.
            '\n' => escaped.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(char.escape_default()),
            _ => escaped.push(char),
        }
    }
    escaped
}
