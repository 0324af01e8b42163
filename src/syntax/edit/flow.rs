//! Entries and items between brackets, where commas separate them.

use super::{Editor, Place};
use crate::diagnostic::Edit;
use crate::syntax::{Value, lex};

impl Editor {
    pub(super) fn remove_from_flow(&self, place: &Place<'_>) -> Option<Vec<Edit>> {
        let text = self.text();
        let (before, start) = self.start_in_flow(place)?;
        let end = place.end(place.index)?;
        let separator = lex::seek(text, end, b"", b",}]")?;
        let owns_line = self.prefix(start).trim_start_matches([' ', '\t']).is_empty();
        let line = start - self.prefix(start).len();
        if text[separator..].starts_with(',') {
            let after = separator + 1;
            let has_own_lines = owns_line && self.ends_line(after) && only_spaces(&text[end..separator]);
            return Some(match (has_own_lines, lex::next_line(text, after)) {
                (true, Some(next)) => vec![self.remove(line, next)],
                _ if only_spaces(&text[end..separator]) => {
                    let rest = &text[after..];
                    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                    match rest[spaces..].starts_with(['\r', '\n', '#']) {
                        true => vec![self.remove(self.back_over_spaces(start), after)],
                        false => vec![self.remove(start, after + spaces)],
                    }
                }
                // A comment stands between the value and its comma.
                _ => vec![self.remove(start, end), self.remove(separator, after)],
            });
        }
        let mut edits = Vec::new();
        match before {
            Some(comma) if only_spaces(&text[comma + 1..start]) && !owns_line => {
                return Some(vec![self.remove(comma, end)]);
            }
            Some(comma) => edits.push(self.remove(comma, comma + 1)),
            None => {}
        }
        edits.push(match lex::next_line(text, end).filter(|_| owns_line && self.ends_line(end)) {
            Some(next) => self.remove(line, next),
            None => self.remove(start, end),
        });
        Some(edits)
    }

    pub(super) fn insert_into_flow(&self, place: &Place<'_>, written: &str) -> Option<Vec<Edit>> {
        let text = self.text();
        let (_, start) = self.start_in_flow(place)?;
        let end = place.end(place.index)?;
        let separator = lex::seek(text, end, b"", b",}]")?;
        let prefix = self.prefix(start);
        if !prefix.trim_start_matches([' ', '\t']).is_empty() {
            return Some(vec![self.insert(end, format!(", {written}"))]);
        }
        let (line, line_break) = (format!("{}{prefix}", self.line_break()), lex::line_end(text, end));
        let comma = separator + 1;
        let has_comma = text[separator..].starts_with(',') && separator < line_break;
        Some(if has_comma && self.ends_line(comma) {
            vec![self.insert(line_break, format!("{line}{written},"))]
        } else if !text[separator..].starts_with(',') && self.ends_line(end) && end < line_break {
            vec![self.insert(end, ","), self.insert(line_break, format!("{line}{written}"))]
        } else {
            vec![self.insert(end, format!(",{line}{written}"))]
        })
    }

    /// The comma before an entry or item, if it is not the first, and where its text begins with all tags and anchors.
    fn start_in_flow(&self, place: &Place<'_>) -> Option<(Option<usize>, usize)> {
        let text = self.text();
        let parent = &place.parent.span;
        if let Value::Map(entries) = &place.parent.value {
            // A merge key stands among the entries, but is not one of them.
            let is_inside = |at: usize| (parent.start..parent.end).contains(&at);
            entries.iter().all(|entry| is_inside(entry.key.span.start)).then_some(())?;
        }
        let comma = match place.index.checked_sub(1) {
            None => None,
            Some(before) => Some(lex::seek(text, place.end(before)?, b"", b",")?),
        };
        let mut start = comma.unwrap_or(parent.start) + 1;
        loop {
            let rest = &text[start..];
            start += rest.len() - rest.trim_start_matches(lex::SPACES).len();
            match text[start..].starts_with('#') {
                true => start = lex::line_end(text, start),
                false => return Some((comma, start)),
            }
        }
    }

    fn back_over_spaces(&self, at: usize) -> usize {
        self.text()[..at].trim_end_matches([' ', '\t']).len()
    }
}

fn only_spaces(text: &str) -> bool {
    text.trim_matches(lex::SPACES).is_empty()
}
