//! Diagnostics as text for people and as data for machines.

use super::Diagnostic;

/// The formats of a list of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Full,
    Concise,
    Json,
    Sarif,
    Github,
}

/// How the full format looks on this terminal.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns, in terminal cells.
    pub width: usize,
}

/// Renders `diagnostics`, already sorted.
pub fn render(_diagnostics: &[Diagnostic], _format: Format, _style: Style) -> String {
    String::new()
}
