//! From the events of a YAML reader to a [`Tree`], and on after faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};

use super::fault::{Scene, describe};
use super::lex::{self, Resume};
use super::tree::{Id, Raw, RawEntry, RawKey, Tree};
use super::{MAX_DEPTH, MAX_VALUES, Scalar, plain, rules};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

/// After so many syntax errors the rest of the file is left unread.
pub(super) const MAX_FAULTS: usize = 100;

pub(super) struct Loader<'t> {
    pub(super) file: Arc<SourceFile>,
    /// The file's text, with as many harmless bytes in place of characters that YAML forbids.
    pub(super) text: &'t str,
    pub(super) tree: Tree,
    /// What each segment of the file is; there are several when reading went on after a fault.
    pub(super) roots: Vec<Id>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Ranges whose text is not in the tree.
    pub(super) unread: Vec<(usize, usize)>,
    pub(super) anchors: BTreeMap<String, Id>,
    pub(super) frames: Vec<Frame>,
    /// Where the last event ended.
    pub(super) cursor: usize,
    pub(super) last_scalar: Option<(usize, usize)>,
    last_closed: Option<usize>,
    last_node: Id,
    /// All values so far, copies included.
    pub(super) values: usize,
    in_document: bool,
    /// An alias was refused for its size; no others are written out.
    pub(super) is_full: bool,
    pub(super) faults: usize,
}

/// A list or mapping that is being read.
pub(super) struct Frame {
    id: Id,
    bracket: bool,
    end: usize,
    pub(super) content: Content,
}

pub(super) enum Content {
    List(Vec<Id>),
    Map { entries: Vec<RawEntry>, pending: Pending },
}

/// What comes next in a mapping.
pub(super) enum Pending {
    Key,
    Value(RawKey),
    /// The value of a key that was refused.
    Nothing,
}

enum Stop {
    End,
    Fault { diagnostic: Box<Diagnostic>, origin: usize },
}

impl<'t> Loader<'t> {
    pub(super) fn new(file: &Arc<SourceFile>, text: &'t str) -> Self {
        Self {
            file: Arc::clone(file),
            text,
            tree: Tree::default(),
            roots: Vec::new(),
            diagnostics: Vec::new(),
            unread: Vec::new(),
            anchors: BTreeMap::new(),
            frames: Vec::new(),
            cursor: 0,
            last_scalar: None,
            last_closed: None,
            last_node: 0,
            values: 0,
            in_document: false,
            is_full: false,
            faults: 0,
        }
    }

    /// Reads the whole file, as far as there is sense in it.
    pub(super) fn load(&mut self) {
        let mut base = 0;
        while let Stop::Fault { diagnostic, origin } = self.read_from(base) {
            self.faults += 1;
            // Only a mapping by lines has keys in the first column that a reader can start from.
            let is_other = match self.frames.first() {
                Some(frame) => frame.bracket || matches!(frame.content, Content::List(_)),
                None => lex::seek(self.text, base, "\u{feff}-".as_bytes(), b"{[").is_some(),
            };
            let mut resume = lex::resume_after(self.text, origin.max(base));
            if self.faults == MAX_FAULTS || self.values >= MAX_VALUES || is_other {
                resume = Resume::End;
            }
            let limit = match resume {
                Resume::Key(at) | Resume::Document(at) => at,
                Resume::End => self.text.len(),
            };
            self.abandon(base, limit);
            if !self
                .diagnostics
                .iter()
                .any(|known| known.rule.name == diagnostic.rule.name && known.primary.span == diagnostic.primary.span)
            {
                self.diagnostics.push(*diagnostic);
            }
            match resume {
                Resume::End => return,
                Resume::Document(at) if self.in_document => return self.several_documents(at, at + 3),
                Resume::Key(at) | Resume::Document(at) => base = at,
            }
        }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(&self.file, start, end)
    }

    fn several_documents(&mut self, start: usize, end: usize) {
        let message = "this file holds several YAML documents, but only the first is read";
        self.diagnostics.push(
            Diagnostic::new(&rules::SEVERAL_DOCUMENTS, &self.span(start, end), message)
                .label("the second document begins here")
                .help("put it into a file of its own, or remove this line"),
        );
        self.unread.push((start, self.text.len()));
    }

    fn read_from(&mut self, base: usize) -> Stop {
        self.cursor = base + if self.text[base..].starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        self.last_scalar = None;
        self.last_closed = None;
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
        };
        let mut first = true;
        for event in Parser::new_from_str_with_options(&self.text[base..], options) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = base + error.marker().byte_offset().unwrap_or(0);
                    let (diagnostic, origin) = describe(&self.scene(base), error.kind(), at);
                    return Stop::Fault { diagnostic: Box::new(diagnostic), origin };
                }
            };
            let range = span.byte_range().unwrap_or(0..0);
            let (start, end) = (base + range.start, base + range.end.max(range.start));
            let tag_text = || Some(span.tag_span()?.slice(&self.text[base..])?.to_owned());
            match event {
                Event::DocumentStart(explicit, _) => {
                    if !first || (explicit && self.in_document) {
                        self.several_documents(start, end);
                        return Stop::End;
                    }
                    first = false;
                    self.in_document = true;
                    if !explicit {
                        // Its range is that of the document's first word, which is not understood yet; before it there
                        // may be ends of documents that hold nothing.
                        let before = &self.text[self.cursor..start];
                        self.cursor += before.rfind("...").map_or(0, |dots| dots + "...".len());
                        continue;
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let tag_text = tag_text();
                    if anchor != 0 && self.expects_key() {
                        // Keys are no nodes, but this one may be meant by an alias.
                        let plain = style == ScalarStyle::Plain && tag.is_none();
                        let value = match start == end || (plain && plain::is_null(&text)) {
                            true => Raw::Null,
                            false => Raw::Scalar(Scalar { text: text.to_string(), plain }),
                        };
                        self.last_node = self.tree.add(start, end, None, value);
                    }
                    self.scalar(&text, style, start, end, tag.as_deref(), tag_text);
                }
                Event::SequenceStart(_, _, tag) => {
                    let tag_text = tag_text();
                    self.check_collection_tag(tag.as_deref(), "seq", &span, base);
                    let bracket = self.text.as_bytes().get(start) == Some(&b'[');
                    // A list that is not indented below its key is said to begin behind its first dash.
                    let is_value = matches!(self.frames.last(), Some(Frame { content: Content::Map { .. }, .. }));
                    let start = if bracket || !is_value { start } else { self.dash(end).unwrap_or(start) };
                    self.open(start, bracket, tag_text, Content::List(Vec::new()));
                }
                Event::MappingStart(_, _, tag) => {
                    let tag_text = tag_text();
                    self.check_collection_tag(tag.as_deref(), "map", &span, base);
                    let bracket = self.text.as_bytes().get(start) == Some(&b'{') && end > start;
                    self.open(start, bracket, tag_text, Content::Map { entries: Vec::new(), pending: Pending::Key });
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(Some(end), usize::MAX),
                Event::Anchor(_, name) => {
                    self.anchors.insert(name.into_owned(), self.last_node);
                    continue;
                }
                Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(start, end),
                _ => {}
            }
            self.cursor = self.cursor.max(end);
            if let Some(diagnostic) = self.over_bounds(start, end) {
                return Stop::Fault { diagnostic: Box::new(diagnostic), origin: start };
            }
        }
        Stop::End
    }

    fn over_bounds(&self, start: usize, end: usize) -> Option<Diagnostic> {
        let message = if self.frames.len() > MAX_DEPTH {
            format!("lists and mappings stand more than {MAX_DEPTH} deep inside each other")
        } else if self.values > MAX_VALUES {
            format!("this file holds more than {MAX_VALUES} values")
        } else {
            return None;
        };
        Some(
            Diagnostic::new(&rules::TOO_LARGE, &self.span(start, end), message)
                .label("nothing is read from here on")
                .help(format!("stay within {MAX_VALUES} values and {MAX_DEPTH} levels")),
        )
    }

    fn scene(&self, base: usize) -> Scene<'_> {
        let bracket = self.frames.iter().find(|frame| frame.bracket);
        Scene {
            file: &self.file,
            text: self.text,
            base,
            cursor: self.cursor,
            bracket: bracket.map(|frame| self.tree.nodes[frame.id].start),
            scalar: self.last_scalar,
            closed: self.last_closed,
        }
    }

    /// The dash of a list item that is the first thing after the cursor.
    pub(super) fn dash(&self, limit: usize) -> Option<usize> {
        lex::seek(self.text, self.cursor, b":?", b"-").filter(|at| *at <= limit)
    }

    pub(super) fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Map { pending: Pending::Key, .. }, .. }))
    }

    pub(super) fn key(&mut self, text: &str, plain: bool, start: usize, end: usize) {
        let null = plain && plain::is_null(text);
        if null {
            let message = if text.is_empty() {
                "this entry of a mapping has no key".to_owned()
            } else {
                format!("the key `{text}` means nothing in YAML, so the entry has no name")
            };
            let help = if text.is_empty() {
                "write a name before the colon".to_owned()
            } else {
                format!("quote it if it is a name: `\"{text}\"`")
            };
            let diagnostic = Diagnostic::new(&rules::NULL_KEY, &self.span(start, end), message);
            self.diagnostics.push(diagnostic.label("no name").help(help));
        }
        let Some(frame) = self.frames.last_mut() else { return };
        frame.end = frame.end.max(end);
        if let Content::Map { entries, pending } = &mut frame.content {
            let node = &mut self.tree.nodes[frame.id];
            if entries.is_empty() && !frame.bracket && matches!(self.text.as_bytes().get(node.start), Some(b'&' | b'!'))
            {
                node.start = start;
            }
            *pending = if null {
                Pending::Nothing
            } else {
                Pending::Value(RawKey { text: text.to_owned(), start, end, merge: plain && text == "<<" })
            };
        }
    }

    fn open(&mut self, start: usize, bracket: bool, tag: Option<String>, content: Content) {
        let id = self.tree.add(start, start, tag, Raw::Open);
        self.values += 1;
        self.last_node = id;
        self.frames.push(Frame { id, bracket, end: start, content });
    }

    /// Ends the innermost list or mapping, without its children that reach beyond `limit`.
    fn close(&mut self, closing_end: Option<usize>, limit: usize) {
        let Some(frame) = self.frames.pop() else { return };
        let nodes = &mut self.tree.nodes;
        let (value, children): (Raw, Vec<Id>) = match frame.content {
            Content::List(mut items) => {
                items.retain(|item| nodes[*item].end <= limit);
                (Raw::Null, items)
            }
            Content::Map { mut entries, .. } => {
                entries.retain(|entry| entry.key.end <= limit && nodes[entry.value].end <= limit);
                let values = entries.iter().map(|entry| entry.value).collect();
                (Raw::Map(entries), values)
            }
        };
        let size = children.iter().fold(1, |sum: usize, child| sum.saturating_add(nodes[*child].size));
        let height = 1 + children.iter().map(|child| nodes[*child].height).max().unwrap_or(0);
        let end = match closing_end {
            Some(end) if frame.bracket => end,
            Some(_) => frame.end,
            None => children.last().map_or(nodes[frame.id].start + usize::from(frame.bracket), |last| nodes[*last].end),
        };
        let node = &mut nodes[frame.id];
        self.last_closed = Some(node.start);
        node.end = end.max(node.start);
        node.size = size;
        node.height = height;
        node.value = if let Raw::Map(_) = value { value } else { Raw::List(children) };
        self.attach(frame.id);
        self.last_node = frame.id;
    }

    /// Gives a node that is complete its place.
    pub(super) fn attach(&mut self, id: Id) {
        self.last_node = id;
        let (start, end) = (self.tree.nodes[id].start, self.tree.nodes[id].end);
        let Some(frame) = self.frames.last_mut() else {
            self.roots.push(id);
            return;
        };
        frame.end = frame.end.max(end);
        let Content::Map { entries, pending } = &mut frame.content else {
            if let Content::List(items) = &mut frame.content {
                items.push(id);
            }
            return;
        };
        match std::mem::replace(pending, Pending::Key) {
            Pending::Value(key) => entries.push(RawEntry { key, value: id }),
            Pending::Nothing => {}
            Pending::Key => {
                *pending = Pending::Nothing;
                self.complex_key(id, start, end);
            }
        }
    }

    fn complex_key(&mut self, id: Id, start: usize, end: usize) {
        let (what, help) = match &self.tree.nodes[id].value {
            Raw::List(_) => ("a list", "write a name as key"),
            // `{{ x }}` is a mapping with a mapping as key.
            Raw::Map(_) if self.text[..start].ends_with('{') => {
                ("a mapping", "quote the value if the braces are meant as text")
            }
            Raw::Map(_) => ("a mapping", "write a name as key"),
            _ => ("an alias", "write the name out"),
        };
        // A key inside a refused key is not worth a message of its own.
        let is_inside =
            |told: &Diagnostic| told.rule.name == rules::COMPLEX_KEY.name && told.primary.span.start >= start;
        while self.diagnostics.last().is_some_and(is_inside) {
            self.diagnostics.pop();
        }
        self.diagnostics.push(
            Diagnostic::new(
                &rules::COMPLEX_KEY,
                &self.span(start, end),
                format!("a key must be a name, and this one is {what}"),
            )
            .label(format!("{what} as key"))
            .help(help),
        );
    }

    /// Ends what is open after a fault and forgets everything that reaches beyond `limit`.
    fn abandon(&mut self, base: usize, limit: usize) {
        let broken = self.frames.first().and_then(|frame| match &frame.content {
            Content::Map { pending: Pending::Value(key), .. } if key.start < limit => Some(key.start),
            Content::Map { entries, .. } => entries.iter().map(|entry| entry.key.start).rfind(|start| *start < limit),
            Content::List(_) => None,
        });
        while !self.frames.is_empty() {
            self.close(None, limit);
        }
        let nodes = &self.tree.nodes;
        self.roots.retain(|root| nodes[*root].end <= limit);
        // What comes next becomes a part of the root, so an alias of the root would be inside itself.
        let roots = &self.roots;
        self.anchors.retain(|_, id| nodes[*id].end <= limit && !roots.contains(id));
        self.diagnostics.retain(|diagnostic| diagnostic.primary.span.start < limit);
        self.unread.retain(|(start, _)| *start < limit);
        self.unread.push((broken.unwrap_or(base), limit));
    }
}
