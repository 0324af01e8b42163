//! One line per diagnostic.

use super::{Style, inline, region};
use crate::diagnostic::Diagnostic;

pub(super) fn render(diagnostics: &[&Diagnostic], _style: Style) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic)).collect()
}

fn line(diagnostic: &Diagnostic) -> String {
    let span = &diagnostic.primary.span;
    let (start, _) = region(span);
    format!(
        "{}:{}:{}: {}[{}] {}\n",
        inline(span.path()),
        start.line,
        start.column,
        diagnostic.level().name(),
        diagnostic.rule.name,
        inline(&diagnostic.message),
    )
}
