//! The parts of this room in their order: bounds, forbidden characters, loading, expanding.

use std::borrow::Cow;
use std::sync::Arc;

use super::expand::Expander;
use super::load::{Loader, MAX_FAULTS};
use super::tree::{Id, Raw, Tree};
use super::{MAX_BYTES, Node, Parsed, Value, rules};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

pub(super) fn parse(file: &Arc<SourceFile>) -> Parsed {
    let empty = Node { span: Span::start_of(file), value: Value::Null, tag: None, used_at: None };
    if file.text().len() > MAX_BYTES {
        let message = format!("this file has {} bytes, and at most {MAX_BYTES} (4 MiB) are read", file.text().len());
        let diagnostic = Diagnostic::new(&rules::TOO_LARGE, &empty.span, message)
            .label("nothing of it is read")
            .help("split it, or move long texts into files of their own");
        let whole = Span::new(file, 0, file.text().len());
        return Parsed { root: empty, diagnostics: vec![diagnostic], unread: vec![whole] };
    }
    let mut diagnostics = Vec::new();
    let text = readable(file, &mut diagnostics);
    let mut loader = Loader::new(file, &text);
    loader.load();
    let root = join(&mut loader.tree, std::mem::take(&mut loader.roots));
    let Loader { tree, unread, diagnostics: found, .. } = loader;
    diagnostics.extend(found);
    let mut expander = Expander { file, tree: &tree, diagnostics };
    let root = root.map_or(empty, |root| expander.node(root, None));
    let mut diagnostics = expander.diagnostics;
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end));
    let unread = unread.into_iter().map(|(start, end)| Span::new(file, start, end)).collect();
    Parsed { root, diagnostics, unread }
}

/// The text with a character of equal length for each that YAML does not allow, so that offsets stay what they are;
/// each run of them is reported, up to [`MAX_FAULTS`].
fn readable<'t>(file: &'t Arc<SourceFile>, diagnostics: &mut Vec<Diagnostic>) -> Cow<'t, str> {
    let text = file.text();
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(forbidden) {
        return Cow::Borrowed(text);
    }
    let mut readable = String::with_capacity(text.len());
    let mut run_end = None;
    for (at, c) in text.char_indices() {
        if !forbidden(c) {
            readable.push(c);
            continue;
        }
        readable.push(match c.len_utf8() {
            1 => '_',
            2 => '·',
            _ => '\u{fffd}',
        });
        if run_end != Some(at) && diagnostics.len() < MAX_FAULTS {
            let code = u32::from(c);
            diagnostics.push(
                Diagnostic::new(
                    &rules::SYNTAX,
                    &Span::new(file, at, at + c.len_utf8()),
                    format!("the control character U+{code:04X} is not allowed in YAML"),
                )
                .label("an invisible character")
                .help(format!("remove it, or write it as an escape between double quotes: `\"\\u{code:04X}\"`")),
            );
        }
        run_end = Some(at + c.len_utf8());
    }
    Cow::Owned(readable)
}

/// One root out of the parts of a file that was read with interruptions: a mapping with the entries of all.
fn join(tree: &mut Tree, mut roots: Vec<Id>) -> Option<Id> {
    if roots.len() > 1 && roots.iter().any(|root| matches!(tree.nodes[*root].value, Raw::Map(_))) {
        roots.retain(|root| matches!(tree.nodes[*root].value, Raw::Map(_)));
    }
    let (first, others) = roots.split_first()?;
    for other in others {
        let end = tree.nodes[*other].end;
        if let Raw::Map(more) = std::mem::replace(&mut tree.nodes[*other].value, Raw::Null)
            && let Raw::Map(entries) = &mut tree.nodes[*first].value
        {
            entries.extend(more);
            tree.nodes[*first].end = end;
        }
    }
    Some(*first)
}
