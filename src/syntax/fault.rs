//! What went wrong, in words: from the reader's errors to messages.

use std::sync::Arc;

use granit_parser::ErrorKind;

use super::{lex, rules};
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{SourceFile, Span};

/// Where the reader stood when it gave up; all places are byte offsets.
pub(super) struct Scene<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    pub(super) text: &'a str,
    /// Where reading began.
    pub(super) base: usize,
    /// Where the last thing that was understood ends.
    pub(super) cursor: usize,
    /// The outermost open `[` or `{` that was understood.
    pub(super) bracket: Option<usize>,
    /// The last scalar that was understood.
    pub(super) scalar: Option<(usize, usize)>,
    /// The beginning of the last list or mapping that has ended.
    pub(super) closed: Option<usize>,
}

/// What to say of one kind of error: the range it is about and the words.
pub(super) struct Words {
    pub(super) rule: &'static Rule,
    pub(super) range: (usize, usize),
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) related: Option<(usize, usize, &'static str)>,
}

/// User text in backticks, on one line and not too long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.trim().lines().next().unwrap_or_default().trim_end();
    let short: String = line.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let cut = if short.len() < line.len() || line.len() < text.trim().len() { "…" } else { "" };
    format!("`{short}{cut}`")
}

/// The message for an error at `at`, and the offset of the fault itself: reading can go on after it.
pub(super) fn describe(scene: &Scene<'_>, kind: &ErrorKind, at: usize) -> (Diagnostic, usize) {
    let at = scene.text.floor_char_boundary(at);
    let (words, origin) = scene
        .tab(kind, at)
        .or_else(|| scene.quote(kind, at))
        .or_else(|| scene.bracket(kind, at))
        .unwrap_or_else(|| (scene.other(kind, at), scene.origin(at)));
    let span = |start: usize, end: usize| Span::new(scene.file, start, end);
    let mut diagnostic = Diagnostic::new(words.rule, &span(words.range.0, words.range.1), words.message)
        .label(words.label)
        .help(words.help);
    if let Some((start, end, text)) = words.related {
        diagnostic = diagnostic.related(&span(start, end), text);
    }
    (diagnostic, origin)
}

impl Scene<'_> {
    /// Where the fault is that comes out at `at`: text that runs on over a key is already wrong where it begins.
    fn origin(&self, at: usize) -> usize {
        let running_on = self.running_on(at).map_or(at, |(start, _)| start);
        running_on.min(self.cursor).min(at)
    }

    /// The text of several lines that ends at `at`.
    pub(super) fn running_on(&self, at: usize) -> Option<(usize, usize)> {
        self.scalar.filter(|scalar| scalar.1 == at && self.slice(*scalar).contains(['\n', '\r']))
    }

    /// The words on the line of `at`, without indentation and comment.
    pub(super) fn line(&self, at: usize) -> (usize, usize) {
        let start = lex::content_start(self.text, at).max(self.base);
        (start, lex::content_end(self.text, start).max(start))
    }

    pub(super) fn slice(&self, (start, end): (usize, usize)) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// One character, or the place at the end of the file.
    pub(super) fn character(&self, at: usize) -> (usize, usize) {
        (at, at + self.text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8))
    }

    /// A tab that indents one of the lines from that of `at` on.
    fn indenting_tab(&self, at: usize, any_line: bool) -> Option<usize> {
        let mut line = Some(lex::line_start(self.text, at));
        while let Some(start) = line {
            let content = lex::content_start(self.text, start);
            let tab = self.text[start..content].find('\t').filter(|_| content < lex::line_end(self.text, start));
            if let Some(tab) = tab.filter(|tab| start + tab >= self.base) {
                return Some(start + tab);
            }
            line = if any_line { lex::next_line(self.text, start) } else { None };
        }
        None
    }

    fn tab(&self, kind: &ErrorKind, at: usize) -> Option<(Words, usize)> {
        let sure = matches!(
            kind,
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabAtBlockScalarStart
                | ErrorKind::TabInIndentation
                | ErrorKind::TabInPlainScalar
                | ErrorKind::InvalidBlockEntryWhitespace
                | ErrorKind::InvalidMappingValueWhitespace
        );
        let tab = if sure {
            let line_end = lex::line_end(self.text, at);
            self.indenting_tab(at, true).or_else(|| self.text[at..line_end].find('\t').map(|tab| at + tab))?
        } else if self.bracket.is_none() {
            self.indenting_tab(at, false)?
        } else {
            return None;
        };
        let tabs = self.text[tab..].bytes().take_while(|byte| *byte == b'\t').count();
        let words = Words {
            rule: &rules::TAB_INDENTATION,
            range: (tab, tab + tabs),
            message: "a tab cannot indent YAML".to_owned(),
            label: if tabs == 1 { "a tab".to_owned() } else { format!("{tabs} tabs") },
            help: "use spaces".to_owned(),
            related: None,
        };
        Some((words, tab.min(at.max(self.cursor))))
    }

    fn quote(&self, kind: &ErrorKind, at: usize) -> Option<(Words, usize)> {
        let quote = match kind {
            ErrorKind::UnclosedQuotedScalar => at,
            ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::DocumentIndicatorInQuotedScalar
            | ErrorKind::TabInIndentation
            | ErrorKind::InvalidIndentation => lex::scan(self.text, self.cursor, at).quote?,
            _ => return None,
        };
        let mark = &self.text[quote..quote + 1];
        let words = Words {
            rule: &rules::UNCLOSED_QUOTE,
            range: (quote, quote + 1),
            message: format!(
                "this quote is not closed before {}",
                if at == quote || at >= self.text.len() {
                    "the end of the file"
                } else {
                    "the text of the next key or item"
                }
            ),
            label: "opened here".to_owned(),
            help: format!("close it with `{mark}`; indent the following lines if the text goes on there"),
            related: None,
        };
        Some((words, quote))
    }

    fn bracket(&self, kind: &ErrorKind, at: usize) -> Option<(Words, usize)> {
        let open = match (self.bracket, kind) {
            (Some(open), _) => open,
            (None, ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::MismatchedFlowCollectionEnd { .. }) => at,
            (None, _) => *lex::scan(self.text, self.cursor, at).open.first()?,
        };
        if let ErrorKind::MismatchedFlowCollectionEnd { open: opened, close } = kind {
            let words = Words {
                rule: &rules::UNCLOSED_BRACKET,
                range: self.character(at),
                message: format!("`{opened}` is opened here, but `{close}` comes before it is closed"),
                label: "opened here".to_owned(),
                help: format!("close it with `{}`", other_half(*opened)),
                related: None,
            };
            return Some((words, open.max(at)));
        }
        let whole = lex::scan(self.text, open, self.text.len());
        if let Some(closed) = whole.closed {
            return Some((self.in_brackets(kind, at), closed.max(at)));
        }
        // The innermost bracket that was open when the reader gave up is the likeliest to lack its other half.
        let innermost = whole.open.iter().copied().rfind(|bracket| *bracket <= at).unwrap_or(open);
        let opened = self.text[innermost..].chars().next().unwrap_or('[');
        let words = Words {
            rule: &rules::UNCLOSED_BRACKET,
            range: self.character(innermost),
            message: format!("`{opened}` is not closed"),
            label: "opened here".to_owned(),
            help: format!("close it with `{}`", other_half(opened)),
            related: None,
        };
        Some((words, open))
    }

    /// A fault between brackets that are closed.
    /// A fault between brackets that are closed.
    fn in_brackets(&self, kind: &ErrorKind, at: usize) -> Words {
        let mut range = self.character(at);
        let mut label = "not expected here";
        let (message, help) = match kind {
            _ if self.text[..at].ends_with('$') && self.text[at..].starts_with("{{") => {
                range = (at - 1, self.text[at..].find("}}").map_or(at + 2, |end| at + end + 2));
                label = "its braces have a meaning here";
                ("`${{ … }}` between brackets must be quoted", "write `\"${{ … }}\"`")
            }
            ErrorKind::BlockEntryInFlowCollection => {
                ("an item cannot begin with `-` between brackets", "separate items with commas: `[a, b]`")
            }
            ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence => ("there is nothing before this comma", "remove the comma"),
            ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
                let after = self.after_quote(kind, at);
                let end =
                    self.slice(after.range).find([',', ']', '}']).map_or(after.range.1, |end| after.range.0 + end);
                range = (after.range.0, end.max(after.range.0));
                label = "after the closing quote";
                (
                    "between brackets, a quoted text is followed by something other than `,`, `:` or the closing bracket",
                    "put `,` or `:` after the quote",
                )
            }
            kind if is_about_values(kind) => {
                if let Some(scalar) = self.scalar.filter(|scalar| scalar.1 == at) {
                    range = scalar;
                    label = "ends before a `:` or bracket that cannot follow";
                }
                ("between brackets, one entry is not over when the next begins", "put `,` between the entries")
            }
            _ => return self.other(kind, at),
        };
        Words {
            rule: &rules::SYNTAX,
            range,
            message: message.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            related: None,
        }
    }
}

fn other_half(open: char) -> char {
    if open == '{' { '}' } else { ']' }
}

/// Errors that come of two values where one is expected.
fn is_about_values(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::ExpectedNodeContent
            | ErrorKind::InvalidColonPlacement
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::FlowMappingValueAdjacentCollection
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
            | ErrorKind::InvalidFlowScalarIndent
    )
}
