//! Diagnostics as text for people and as data for machines.

mod concise;
mod full;
mod github;
mod gitlab;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod rdjson;
mod sarif;

pub use junit::escape as xml_text;
pub use markdown::prose as markdown_cell;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Diagnostic, list};
use crate::source::{Position, Span, sha256};

/// Declares the formats, once: the variant, the module that renders it and gives it its name, and whether it tells of
/// suppressed findings, which it then marks as such.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $module:ident, suppressed: $suppressed:literal;)*) => {
        /// The formats of a list of diagnostics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            pub const ALL: &[Format] = &[$(Format::$variant),*];

            /// What the user calls it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Format::$variant => stringify!($module),)*
                }
            }
        }

        /// Renders `diagnostics`, already sorted. Every non-empty result ends with a line ending.
        pub fn render(diagnostics: &[Diagnostic], format: Format, style: Style) -> String {
            let shown = |suppressed: bool| -> Vec<&Diagnostic> {
                diagnostics.iter().filter(|diagnostic| suppressed || !diagnostic.is_suppressed()).collect()
            };
            match format {
                $(Format::$variant => $module::render(&shown($suppressed), style),)*
            }
        }
    };
}

formats! {
    /// Excerpts of the source with everything marked, for people.
    Full => full, suppressed: false;
    /// One line per diagnostic, `path:line:column: level[rule] message`, for editors and grep.
    Concise => concise, suppressed: false;
    /// One versioned object, for scripts.
    Json => json, suppressed: true;
    /// One object per line, for scripts that read as it comes.
    Jsonl => jsonl, suppressed: true;
    /// SARIF 2.1.0, for code scanning.
    Sarif => sarif, suppressed: true;
    /// Workflow commands, which GitHub Actions shows beside the changed lines.
    Github => github, suppressed: false;
    /// GitLab's Code Quality report, which merge requests show beside the changed lines.
    Gitlab => gitlab, suppressed: false;
    /// JUnit's XML, for the test reports of CI systems.
    Junit => junit, suppressed: false;
    /// Reviewdog Diagnostic Format, for comments in reviews.
    Rdjson => rdjson, suppressed: false;
    /// A comment for a pull request.
    Markdown => markdown, suppressed: false;
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.iter().find(|format| format.name() == name);
        found.copied().ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A word that is not the name of a [`Format`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = list(Format::ALL.iter().map(|format| format.name()));
        write!(f, "`{}` is not a format; the formats are {names}", inline(&self.0))
    }
}

impl std::error::Error for UnknownFormat {}

/// How the full format looks on this terminal.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns, in terminal cells.
    pub width: usize,
}

/// The first place of a span and the place after its last character.
fn region(span: &Span) -> (Position, Position) {
    let start = span.start_position();
    (start, span.end_position().max(start))
}

/// Whether a character could move the cursor, recolour the terminal or reorder the text around it, or cannot be seen.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` on one line, with every hidden character written as an escape.
fn inline(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        if is_hidden(char) {
            line.extend(char.escape_default());
        } else {
            line.push(char);
        }
    }
    line
}

/// Like [`inline`], but line breaks stay.
fn block(text: &str) -> String {
    text.split('\n').map(inline).collect::<Vec<_>>().join("\n")
}

/// The message, with the mend on a line of its own.
fn with_help(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// A path as services name it that know paths from the root of the repository.
fn relative(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// What makes a finding the same one after the file was edited elsewhere: not its line, nor any number in its message,
/// but how many like it come before.
#[derive(Default)]
struct Fingerprints(BTreeMap<String, usize>);

impl Fingerprints {
    fn next(&mut self, diagnostic: &Diagnostic) -> String {
        let message: String = diagnostic.message.chars().filter(|char| !char.is_numeric()).collect();
        let parts = [diagnostic.rule.name, relative(diagnostic.primary.span.path()), &message];
        let fingerprint = format!("{:.32}", sha256(parts.map(|part| format!("{part}\0")).concat()));
        let ordinal = self.0.entry(fingerprint.clone()).or_default();
        *ordinal += 1;
        format!("{fingerprint}:{ordinal}")
    }
}
