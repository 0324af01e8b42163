//! Entries and items on lines of their own.

use super::{Editor, Place};
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::syntax::{Value, lex};

impl Editor {
    /// `start` is where the key or dash stands.
    pub(super) fn remove_from_block(&self, place: &Place<'_>, start: usize) -> Option<Vec<Edit>> {
        let text = self.text();
        let end = place.end(place.index)?;
        if !self.ends_line(end) {
            return None;
        }
        let span = &place.parent.span;
        if start == span.start && end >= span.end {
            return self.empty(place);
        }
        let prefix = self.prefix(start);
        if prefix.trim_start_matches(' ').is_empty() {
            let from = start - prefix.len();
            return Some(vec![self.remove(from, lex::next_line(text, end).unwrap_or(text.len()))]);
        }
        // The first entry of a list's item stands behind the dash, where the next one can take its place.
        is_dashes(prefix).then_some(())?;
        let line_end = lex::line_end(text, end);
        let rest = &text[line_end..];
        let next = line_end + (rest.len() - rest.trim_start_matches(lex::SPACES).len());
        Some(match rest[next - line_end..].starts_with('#') || next >= span.end {
            true => vec![self.remove(start - (prefix.len() - prefix.trim_end().len()), line_end)],
            false => vec![self.remove(start, next)],
        })
    }

    /// Writes the empty mapping or list for one that loses its only entry; a key without value would mean null.
    fn empty(&self, place: &Place<'_>) -> Option<Vec<Edit>> {
        let text = self.text();
        let empty = if matches!(place.parent.value, Value::Map(_)) { "{}" } else { "[]" };
        let span = &place.parent.span;
        let Some(above) = place.above else {
            return Some(vec![Edit::new(span.clone(), empty)]);
        };
        let colon = lex::seek(text, above.end, b"", b":")? + 1;
        let between = &text[colon..span.start];
        if between.trim_matches(lex::SPACES).is_empty() {
            return Some(vec![Edit::new(Span::new(&self.file, colon, span.end), format!(" {empty}"))]);
        }
        let is_comments = between.lines().all(|line| {
            let line = line.trim_start_matches([' ', '\t']);
            line.is_empty() || line.starts_with('#')
        });
        let line = lex::line_start(text, span.start);
        is_comments.then(|| {
            let next = lex::next_line(text, span.end).unwrap_or(text.len());
            vec![self.insert(colon, format!(" {empty}")), self.remove(line, next)]
        })
    }

    pub(super) fn insert_into_block(&self, place: &Place<'_>, indent: &str, written: &str) -> Option<Vec<Edit>> {
        let end = place.end(place.index)?;
        let header = place.first_line_of_value();
        // What is inserted would come before the empty lines that `|+` keeps.
        let keeps = header.starts_with(['|', '>']) && header.contains('+');
        if !self.ends_line(end) || keeps {
            return None;
        }
        let at = lex::line_end(self.text(), end);
        let line_break = self.line_break();
        let written = written.replace('\n', line_break);
        Some(vec![self.insert(at, format!("{line_break}{indent}{written}"))])
    }

    /// The indentation of what stands beside the key or dash at `at`.
    pub(super) fn indent(&self, at: usize) -> Option<String> {
        let prefix = self.prefix(at);
        (prefix.trim_start_matches(' ').is_empty() || is_dashes(prefix)).then(|| " ".repeat(prefix.len()))
    }

    /// The dash of an item.
    pub(super) fn dash(&self, place: &Place<'_>) -> Option<usize> {
        match place.index.checked_sub(1) {
            None => Some(place.parent.span.start),
            Some(before) => lex::seek(self.text(), place.end(before)?, b"", b"-"),
        }
    }
}

fn is_dashes(prefix: &str) -> bool {
    prefix.ends_with(' ') && prefix.split(' ').all(|word| word.is_empty() || word == "-")
}
