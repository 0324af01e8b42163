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
impl Format {
    pub const ALL: &'static [Format] = &[Format::Full, Format::Concise, Format::Json, Format::Sarif, Format::Github];
    pub fn name(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
        }
    }
}
impl std::str::FromStr for Format {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|f| f.name() == s).ok_or(())
    }
}

/// How the full format looks on this terminal.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns, in terminal cells.
    pub width: usize,
}
pub fn summary(d: &[Diagnostic]) -> String {
    format!("{} findings", d.len())
}

/// Renders `diagnostics`, already sorted.
pub fn render(diagnostics: &[Diagnostic], _format: Format, _style: Style) -> String {
    diagnostics
        .iter()
        .map(|d| format!("{:?}: {}[{}] {}\n", d.primary.span, d.level().name(), d.rule.name, d.message))
        .collect()
}
