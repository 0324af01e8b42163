//! Comments that ask for silence.

use std::sync::Arc;

use super::{Covers, Ignore};
use crate::diagnostic::{Diagnostic, Edit, nearest, rules};
use crate::source::{Located, SourceFile, Span};

const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// What all comments of a file ask for; reports those that nearly ask for something.
pub(super) fn read(file: &Arc<SourceFile>, comments: &[Span], told: &mut Vec<Diagnostic>) -> Vec<Ignore> {
    comments.iter().flat_map(|comment| wishes(file, comment, comments, told)).collect()
}

fn wishes(file: &Arc<SourceFile>, comment: &Span, comments: &[Span], told: &mut Vec<Diagnostic>) -> Vec<Ignore> {
    let text = comment.text();
    let Some(words) = directive(text) else { return Vec::new() };
    let (word, rest) =
        words.split_at(words.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(words.len()));
    let malformed = |message: &str, help: &str| {
        Diagnostic::new(&rules::MALFORMED, comment, message).label("ignores nothing").help(help)
    };
    let form = format!(
        "write `# tidegate: {}[area/offence] why it is right here`",
        if word == "ignore-file" { word } else { "ignore" }
    );
    if !["ignore", "ignore-file"].contains(&word) {
        let synonyms = ["allow", "disable", "suppress", "skip", "silence", "noqa"];
        if nearest(word, ["ignore", "ignore-file"]).is_some() || synonyms.contains(&word) {
            told.push(malformed(&format!("`{word}` is not what a finding is ignored by"), &form));
        }
        return Vec::new();
    }
    let Some((names, reason)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        told.push(malformed("this comment names no rule between `[` and `]`", &form));
        return Vec::new();
    };
    // `words` and its parts are the end of the comment.
    let begin = text.len() - (names.len() + 1 + reason.len());
    let mut parts = Vec::new();
    let mut at = begin;
    for name in names.split(',') {
        let start = at + (name.len() - name.trim_start().len());
        parts.push(Located::new(name.trim().to_owned(), comment.within(start, start + name.trim().len())));
        at += name.len() + 1;
    }
    if parts.iter().any(|part| part.value.is_empty()) {
        told.push(malformed("a rule has no name in this comment", &form));
        return Vec::new();
    }
    let covers = match word {
        "ignore-file" if !is_at_top(file, comment) => {
            let help = "move it above the first line of the file, or write `ignore` for the next line alone";
            told.push(malformed("a comment that covers the whole file must stand at its beginning", help));
            return Vec::new();
        }
        "ignore-file" => Covers::File,
        _ => Covers::Line(covered_line(file, comment, comments)),
    };
    let reason = reason.trim().trim_start_matches([':', '-', '–', '—']).trim().to_owned();
    let removal = Some(Edit::remove(with_line(comment)));
    parts
        .into_iter()
        .map(|rule| Ignore {
            covers: covers.clone(),
            rule,
            reason: reason.clone(),
            place: comment.clone(),
            removal: removal.clone(),
        })
        .collect()
}

/// What follows `# tidegate:`; the colon may be missing before `ignore`.
fn directive(comment: &str) -> Option<&str> {
    let words = comment.trim_start_matches('#').trim_start().strip_prefix("tidegate")?;
    match words.strip_prefix(':') {
        Some(rest) => Some(rest.trim_start()),
        None => Some(words.trim_start()).filter(|rest| words.starts_with([' ', '\t']) && rest.starts_with("ignore")),
    }
}

fn before_on_line(comment: &Span) -> &str {
    let text = &comment.file.text()[..comment.start];
    text.rsplit('\n').next().unwrap_or("").trim_start_matches('\u{feff}')
}

fn is_own_line(comment: &Span) -> bool {
    before_on_line(comment).trim_matches(SPACES).is_empty()
}

fn is_at_top(file: &SourceFile, comment: &Span) -> bool {
    let above = file.text()[..comment.start].trim_start_matches('\u{feff}');
    above.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with(['#', '%']) || line == "---")
}

/// The line of the comment, or the first one below it that is not all comment.
fn covered_line(file: &SourceFile, comment: &Span, comments: &[Span]) -> usize {
    let mut line = comment.start_position().line;
    let is_comment =
        |line: usize| comments.iter().any(|other| is_own_line(other) && file.position(other.start).line == line);
    while is_comment(line) {
        line += 1;
    }
    line
}

/// The comment with the spaces before it; one on a line of its own with its line.
fn with_line(comment: &Span) -> Span {
    let text = comment.file.text();
    if is_own_line(comment) {
        let end = text[comment.end..].find('\n').map_or(text.len(), |at| comment.end + at + 1);
        return Span::new(&comment.file, comment.start - before_on_line(comment).len(), end);
    }
    Span::new(&comment.file, text[..comment.start].trim_end_matches([' ', '\t']).len(), comment.end)
}

/// Takes one name out of several, with its comma.
pub(super) fn without(wish: &Ignore) -> Option<Edit> {
    let name = &wish.rule.span;
    let text = name.file.text();
    let rest = text[name.end..].trim_start_matches([' ', '\t']);
    if let Some(rest) = rest.strip_prefix(',') {
        let end = text.len() - rest.trim_start_matches([' ', '\t']).len();
        return Some(Edit::remove(Span::new(&name.file, name.start, end)));
    }
    let before = text[..name.start].trim_end_matches([' ', '\t']).strip_suffix(',')?;
    Some(Edit::remove(Span::new(&name.file, before.len(), name.end)))
}
