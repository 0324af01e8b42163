//! Documents inside a scalar: a buildspec in a block scalar of a template, JSON in a string.

use std::sync::Arc;

use super::{Node, Parsed, Value, lex, parse};
use crate::diagnostic::Label;
use crate::source::{SourceFile, Span};

/// Reads the YAML or JSON document that a scalar holds. Every span of the result lies in the file of the scalar.
///
/// `span` is that of the scalar with its quotes or `|`, as [`Node::span`] is, and `text` its text after quotes, escapes
/// and indentation are undone.
pub fn parse_embedded(span: &Span, text: &str) -> Parsed {
    Embedded::new(span, text).parse()
}

/// The text of a scalar, and where each part of it is written in the file around it.
#[derive(Debug)]
pub struct Embedded {
    outer: Span,
    text: String,
    /// In the order of the text, without gaps; `None` where it is not known how the text came to be.
    runs: Option<Vec<Run>>,
}

/// A part of the text that is written as it is, or a character that is written otherwise.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Byte offset in the text.
    start: usize,
    length: usize,
    /// Byte offset in the file.
    outer: usize,
    outer_length: usize,
}

impl Embedded {
    /// As [`parse_embedded`] takes them.
    pub fn new(span: &Span, text: &str) -> Self {
        let written = span.text();
        let runs = match written.as_bytes().first() {
            Some(b'"') => double_quoted(written, text),
            Some(b'\'') => single_quoted(written, text),
            Some(b'|') => literal(written, text),
            _ => (written == text)
                .then(|| vec![Run { start: 0, length: text.len(), outer: 0, outer_length: text.len() }]),
        };
        Self { outer: span.clone(), text: text.to_owned(), runs }
    }

    /// Where the bytes from `start` to `end` of the text are written: exactly for plain and quoted scalars on one line
    /// and for literal block scalars, else the whole scalar.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let Some(runs) = &self.runs else { return self.outer.clone() };
        let first = self.place(runs, start, false);
        let last = if end > start { self.place(runs, end, true) } else { first };
        self.outer.within(first, last)
    }

    /// Where a byte of the text is written, or where the byte before it ends.
    fn place(&self, runs: &[Run], at: usize, is_end: bool) -> usize {
        let inside = if is_end { at.saturating_sub(1) } else { at };
        let after = runs.partition_point(|run| run.start <= inside);
        let Some(run) = after.checked_sub(1).and_then(|index| runs.get(index)) else { return 0 };
        let into = (at - run.start).min(run.length);
        match run.length == run.outer_length {
            true => run.outer + into,
            false if into == 0 => run.outer,
            false => run.outer + run.outer_length,
        }
    }

    fn parse(&self) -> Parsed {
        let inner = SourceFile::new(self.outer.path(), self.text.as_str());
        let mut parsed = parse::parse(&inner);
        self.move_node(&mut parsed.root, &inner);
        for diagnostic in &mut parsed.diagnostics {
            let labels = std::iter::once(&mut diagnostic.primary).chain(&mut diagnostic.related);
            labels.for_each(|Label { span, .. }| self.move_span(span, &inner));
        }
        parsed.unread.iter_mut().for_each(|span| self.move_span(span, &inner));
        parsed
    }

    fn move_span(&self, span: &mut Span, inner: &Arc<SourceFile>) {
        if Arc::ptr_eq(&span.file, inner) {
            *span = self.span(span.start, span.end);
        }
    }

    fn move_node(&self, node: &mut Node, inner: &Arc<SourceFile>) {
        self.move_span(&mut node.span, inner);
        if let Some(used_at) = &mut node.used_at {
            self.move_span(used_at, inner);
        }
        match &mut node.value {
            Value::Null | Value::Scalar(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| self.move_node(item, inner)),
            Value::Map(entries) => {
                for entry in entries {
                    self.move_span(&mut entry.key.span, inner);
                    self.move_node(&mut entry.value, inner);
                }
            }
        }
    }
}

/// Runs under construction, which must spell the text.
struct Runs<'t> {
    text: &'t str,
    at: usize,
    runs: Vec<Run>,
}

impl<'t> Runs<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, runs: Vec::new() }
    }

    /// `part` comes next in the text and is written from `outer` on; `None` if something else comes next.
    fn push(&mut self, part: &str, outer: usize, outer_length: usize) -> Option<()> {
        if !self.text.get(self.at..)?.starts_with(part) {
            return None;
        }
        if !part.is_empty() {
            self.runs.push(Run { start: self.at, length: part.len(), outer, outer_length });
            self.at += part.len();
        }
        Some(())
    }

    fn finish(self) -> Option<Vec<Run>> {
        (self.at == self.text.len()).then_some(self.runs)
    }
}

fn single_quoted(written: &str, text: &str) -> Option<Vec<Run>> {
    let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut runs = Runs::new(text);
    let mut outer = 1;
    for (index, part) in inner.split("''").enumerate() {
        if index > 0 {
            runs.push("'", outer, 2)?;
            outer += 2;
        }
        runs.push(part, outer, part.len())?;
        outer += part.len();
    }
    runs.finish()
}

fn double_quoted(written: &str, text: &str) -> Option<Vec<Run>> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut runs = Runs::new(text);
    let mut at = 0;
    while at < inner.len() {
        let rest = &inner[at..];
        let length = rest.find('\\').unwrap_or(rest.len());
        runs.push(&rest[..length], 1 + at, length)?;
        at += length;
        if at < inner.len() {
            let (character, length) = escape(&inner[at..])?;
            runs.push(character.encode_utf8(&mut [0; 4]), 1 + at, length)?;
            at += length;
        }
    }
    runs.finish()
}

/// The character that an escape stands for, and how many bytes the escape has.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = |from: usize, digits: usize| u32::from_str_radix(text.get(from..from + digits)?, 16).ok();
    let plain = |character| Some((character, 2));
    match text.as_bytes().get(1)? {
        b'n' => plain('\n'),
        b't' => plain('\t'),
        b'r' => plain('\r'),
        b'b' => plain('\u{8}'),
        b'f' => plain('\u{c}'),
        b'0' => plain('\0'),
        byte @ (b'"' | b'\\' | b'/' | b' ') => plain(char::from(*byte)),
        b'x' => Some((char::from_u32(code(2, 2)?)?, 4)),
        b'U' => Some((char::from_u32(code(2, 8)?)?, 10)),
        b'u' => match code(2, 4)? {
            high @ 0xd800..=0xdbff if text.get(6..8) == Some("\\u") => {
                let low = code(8, 4)?.checked_sub(0xdc00)?;
                Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?, 12))
            }
            code => Some((char::from_u32(code)?, 6)),
        },
        _ => None,
    }
}

fn literal(written: &str, text: &str) -> Option<Vec<Run>> {
    let mut runs = Runs::new(text);
    let mut start = lex::next_line(written, 0)?;
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            let end = lex::line_end(written, start);
            start = lex::next_line(written, end).unwrap_or(written.len());
            runs.push("\n", end, start - end)?;
        }
        let end = lex::line_end(written, start);
        let indentation = (end - start).checked_sub(line.len())?;
        let is_indented = written[start..end].bytes().take(indentation).all(|byte| byte == b' ');
        if !is_indented || !written[start..end].ends_with(line) {
            return None;
        }
        runs.push(line, start + indentation, line.len())?;
    }
    runs.finish()
}
