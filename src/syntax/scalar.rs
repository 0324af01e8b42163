//! Scalars and tags: what they are and which bytes are theirs.

use granit_parser::{ScalarStyle, Tag};

use super::fault::quoted;
use super::load::{Content, Loader, Pending};
use super::tree::Raw;
use super::{PlainKind, Scalar, lex, plain, rules};
use crate::diagnostic::Diagnostic;

impl Loader<'_> {
    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        start: usize,
        end: usize,
        tag: Option<&Tag>,
        tag_text: Option<String>,
    ) {
        let empty = style == ScalarStyle::Plain && start == end;
        let (start, end) = match style {
            _ if empty => self.empty_place(start),
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(start, end),
            ScalarStyle::Plain => (start, start + self.text[start..end].trim_end_matches(lex::SPACES).len()),
            _ => (start, end),
        };
        if !empty {
            self.last_scalar = Some((start, end));
        }
        let text = if empty { "" } else { text };
        let plain = style == ScalarStyle::Plain;
        if self.expects_key() {
            return self.key(text, plain && tag.is_none(), start, end);
        }
        let value = match tag.map(|tag| (tag, tag.core_suffix())) {
            None if plain && plain::is_null(text) => Raw::Null,
            None => Raw::Scalar(Scalar { text: text.to_owned(), plain }),
            Some((_, Some(core))) => self.tagged(text, core, empty, start, end),
            Some(_) if empty => Raw::Null,
            Some(_) => Raw::Scalar(Scalar { text: text.to_owned(), plain: false }),
        };
        let id = self.tree.add(start, end, tag_text, value);
        self.values += 1;
        self.attach(id);
    }

    /// A scalar with one of the core schema's tags.
    fn tagged(&mut self, text: &str, core: &str, empty: bool, start: usize, end: usize) -> Raw {
        use PlainKind::{Boolean, Float, Integer};
        let kind = plain::plain_kind(text);
        let fits = match core {
            "str" => return Raw::Scalar(Scalar { text: text.to_owned(), plain: false }),
            "null" if plain::is_null(text) => return Raw::Null,
            "bool" => matches!(kind, Boolean(_)),
            "int" => matches!(kind, Integer(_)) || matches!(kind, Float(_)) && !text.contains(['.', 'e', 'E']),
            "float" => matches!(kind, Integer(_) | Float(_)),
            _ => false,
        };
        if !fits {
            let what = if empty { "nothing".to_owned() } else { quoted(text) };
            self.tag_mismatch(start, end, core, &what);
        }
        if empty { Raw::Null } else { Raw::Scalar(Scalar { text: text.to_owned(), plain: fits }) }
    }

    /// Where a value that is not there would stand: just after its colon or dash.
    fn empty_place(&self, start: usize) -> (usize, usize) {
        let at = match self.frames.last().map(|frame| &frame.content) {
            Some(Content::Map { pending: Pending::Value(key), .. }) => lex::seek(self.text, key.end, b"", b":")
                .filter(|colon| *colon <= start)
                .map_or(key.end, |colon| colon + 1),
            Some(Content::List(_)) => self.dash(start).map_or(start, |dash| dash + 1),
            _ => start,
        };
        (at, at)
    }

    /// From the `|` or `>` to the end of the last line with text.
    fn block_scalar(&self, start: usize, end: usize) -> (usize, usize) {
        let header = lex::seek(self.text, self.cursor, ":-?\u{feff}".as_bytes(), b"|>");
        let header = header.filter(|at| *at <= start).unwrap_or(start);
        let text = &self.text[header..end.max(header)];
        let lines = text.trim_end_matches(lex::SPACES).len();
        let last = lex::line_end(text, lines);
        // Only the header has a comment that is not text.
        let is_header = !text[..lines].contains(['\n', '\r']);
        let length = if is_header { text.find(lex::SPACES).unwrap_or(last) } else { last };
        (header, header + length)
    }

    pub(super) fn check_collection_tag(
        &mut self,
        tag: Option<&Tag>,
        kind: &str,
        span: &granit_parser::Span,
        base: usize,
    ) {
        let Some(core) = tag.and_then(Tag::core_suffix).filter(|core| *core != kind) else { return };
        let range = span.tag_span().and_then(|span| span.byte_range()).unwrap_or(0..0);
        let what = if kind == "seq" { "a list" } else { "a mapping" };
        self.tag_mismatch(base + range.start, base + range.end, core, what);
    }

    fn tag_mismatch(&mut self, start: usize, end: usize, core: &str, what: &str) {
        let wanted = match core {
            "int" => "an integer",
            "float" => "a number",
            "bool" => "`true` or `false`",
            "null" => "`null`",
            "seq" => "a list",
            "map" => "a mapping",
            _ => "text",
        };
        self.diagnostics.push(
            Diagnostic::new(
                &rules::TAG_MISMATCH,
                &self.span(start, end),
                format!("the tag `!!{core}` asks for {wanted}, but what stands here is {what}"),
            )
            .label(format!("{what}, not {wanted}"))
            .help("remove the tag, or write the value that it asks for"),
        );
    }
}
