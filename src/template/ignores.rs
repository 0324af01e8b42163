//! What a template asks not to be told, in its `Metadata`: JSON has no comments.

use crate::diagnostic::{Diagnostic, Ignore, rules};
use crate::source::{Located, Span};
use crate::syntax::{Key, Node, Value as Syntax};

use super::{entries, text};

/// The findings to ignore, from `Metadata.tidegate.ignore` of the template, which covers all of it, and of each
/// resource, which covers that resource: a map from rules, or `area/*`, to reasons.
pub fn ignores(root: &Node, told: &mut Vec<Diagnostic>) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    read(root, &root.span, &mut ignores, told);
    let resources = child(root, "Resources").and_then(|(_, resources)| entries(resources)).unwrap_or_default();
    for (key, resource) in resources.values() {
        let covered = Span::new(&key.span.file, key.span.start, resource.span.end.max(key.span.end));
        read(resource, &covered, &mut ignores, told);
    }
    ignores
}

fn read(owner: &Node, covered: &Span, ignores: &mut Vec<Ignore>, told: &mut Vec<Diagnostic>) {
    let ours = child(owner, "Metadata").and_then(|(_, metadata)| child(metadata, "tidegate"));
    let Some((key, wishes)) = ours.and_then(|(_, ours)| child(ours, "ignore")) else { return };
    let Some(wishes) = entries(wishes) else {
        return told.push(malformed(&key.span, "what is ignored here is no map from rules to reasons"));
    };
    for (name, (key, reason)) in wishes {
        // No reason at all is for the room that knows what a reason is.
        let reason = match &reason.value {
            Syntax::Null => Some(""),
            _ => text(reason),
        };
        match reason {
            Some(reason) => {
                let rule = Located::new(name.to_owned(), key.span.clone());
                ignores.push(Ignore::new(covered.clone(), rule, reason.trim()));
            }
            None => told.push(malformed(&key.span, "the reason is no text, so the finding is not ignored")),
        }
    }
}

fn child<'n>(node: &'n Node, name: &str) -> Option<(&'n Key, &'n Node)> {
    entries(node)?.get(name).copied()
}

fn malformed(span: &Span, message: &str) -> Diagnostic {
    Diagnostic::new(&rules::MALFORMED, span, message)
        .label("not read")
        .help("write `\"ignore\": {\"area/offence\": \"why it is right here\"}`")
}
