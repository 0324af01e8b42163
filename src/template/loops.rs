//! `Fn::ForEach`, written out before anything else is read.

use std::collections::BTreeMap;

use super::{entries, plain_text, text};
use crate::source::Span;
use crate::syntax::{Entry, MAX_VALUES, Node, Scalar, Value as Syntax};

/// How loops are spelled as keys; the name of the loop follows.
pub(super) const PREFIX: &str = "Fn::ForEach::";

/// Texts that would become longer stay as they are, so that loops inside each other cannot fill the memory.
const LONGEST_TEXT: usize = 64 * 1024;

/// What is left to say after loops were written out.
#[derive(Debug, Default)]
pub(super) struct Unrolled {
    /// The keys of loops that stay, because what they run over is not known.
    pub(super) unread: Vec<Span>,
    /// The keys of loops that are not made of a name, a collection and a mapping.
    pub(super) malformed: Vec<Span>,
    /// A loop runs over the default of a parameter, which a deployment may change.
    pub(super) assumes: bool,
}

/// Writes out all loops of a template that run over what is known: texts, defaults of parameters, and mappings. Every
/// copy stands where its text is written.
pub(super) fn unroll(root: &mut Node) -> Unrolled {
    let mut loops =
        Loops { defaults: defaults(root), mappings: mappings(root), budget: MAX_VALUES, done: Unrolled::default() };
    loops.node(root);
    loops.done
}

struct Loops {
    /// Each item of a list, or the one value.
    defaults: BTreeMap<String, Vec<String>>,
    /// By name and both keys.
    mappings: BTreeMap<(String, String, String), Vec<String>>,
    /// How many more values may be made.
    budget: usize,
    done: Unrolled,
}

fn defaults(root: &Node) -> BTreeMap<String, Vec<String>> {
    let default = |(name, (_, node)): (&str, (_, &Node))| {
        let fields = entries(node)?;
        let default = fields.get("Default").and_then(|(_, node)| plain_text(node))?;
        let parameter_type = fields.get("Type").and_then(|(_, node)| text(node))?;
        let is_list = parameter_type == "CommaDelimitedList" || parameter_type.starts_with("List<");
        let values = match is_list {
            true => default.split(',').map(|item| item.trim().to_owned()).collect(),
            false => vec![default.to_owned()],
        };
        (!parameter_type.starts_with("AWS::SSM::Parameter::Value")).then(|| (name.to_owned(), values))
    };
    below(root, "Parameters").into_iter().flatten().filter_map(default).collect()
}

fn mappings(root: &Node) -> BTreeMap<(String, String, String), Vec<String>> {
    let mut found = BTreeMap::new();
    for (name, (_, mapping)) in below(root, "Mappings").into_iter().flatten() {
        for (top, (_, values)) in entries(mapping).into_iter().flatten() {
            for (second, (_, value)) in entries(values).into_iter().flatten() {
                let texts = match &value.value {
                    Syntax::List(items) => items.iter().map(|item| plain_text(item).map(str::to_owned)).collect(),
                    _ => plain_text(value).map(|text| vec![text.to_owned()]),
                };
                if let Some(texts) = texts {
                    found.insert((name.to_owned(), top.to_owned(), second.to_owned()), texts);
                }
            }
        }
    }
    found
}

fn below<'a>(root: &'a Node, section: &str) -> Option<indexmap::IndexMap<&'a str, (&'a crate::syntax::Key, &'a Node)>> {
    let Syntax::Map(sections) = &root.value else { return None };
    entries(&sections.iter().find(|entry| entry.key.text == section)?.value)
}

impl Loops {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Syntax::Null | Syntax::Scalar(_) => {}
            Syntax::List(items) => items.iter_mut().for_each(|item| self.node(item)),
            Syntax::Map(entries) => {
                for entry in std::mem::take(entries) {
                    self.entry(entry, entries);
                }
            }
        }
    }

    /// Adds an entry to `entries`, or what it makes when it is a loop.
    fn entry(&mut self, mut entry: Entry, entries: &mut Vec<Entry>) {
        if !entry.key.text.starts_with(PREFIX) {
            self.node(&mut entry.value);
            entries.push(entry);
            return;
        }
        let copies = match parts(&entry) {
            Some(parts) => self.copies(parts),
            None => {
                self.done.malformed.push(entry.key.span.clone());
                return;
            }
        };
        match copies {
            Some(copies) => copies.into_iter().for_each(|copy| self.entry(copy, entries)),
            None => {
                self.done.unread.push(entry.key.span.clone());
                // Its parts mean something only within each round.
                entry.value.value = Syntax::Map(Vec::new());
                entry.value.tag = None;
                entries.push(entry);
            }
        }
    }

    fn copies(&mut self, (name, collection, body): (&str, &Node, &[Entry])) -> Option<Vec<Entry>> {
        let values = self.collection(collection)?;
        let size = body.iter().map(|entry| size(&entry.value)).sum::<usize>() + 1;
        self.budget = self.budget.checked_sub(size.saturating_mul(values.len()))?;
        let round = |value: &String| body.iter().map(|entry| Round { name, value }.entry(entry)).collect::<Vec<_>>();
        Some(values.iter().flat_map(round).collect())
    }

    fn collection(&mut self, node: &Node) -> Option<Vec<String>> {
        match &node.value {
            Syntax::List(items) if node.tag.is_none() => {
                let items: Option<Vec<_>> = items.iter().map(|item| self.one_or_more(item)).collect();
                Some(items?.concat())
            }
            _ => self.one_or_more(node),
        }
    }

    fn one_or_more(&mut self, node: &Node) -> Option<Vec<String>> {
        if let Some(text) = plain_text(node) {
            return Some(vec![text.to_owned()]);
        }
        let (function, argument) = function(node)?;
        match (function, &argument.value) {
            ("Ref", Syntax::Scalar(name)) => {
                self.done.assumes = true;
                self.defaults.get(&name.text).cloned()
            }
            ("FindInMap", Syntax::List(parts)) => {
                let keys: Option<Vec<_>> = parts.iter().take(3).map(|part| self.one(part)).collect();
                let [name, top, second]: [String; 3] = keys?.try_into().ok()?;
                self.mappings.get(&(name, top, second)).cloned()
            }
            _ => None,
        }
    }

    fn one(&mut self, node: &Node) -> Option<String> {
        let [one]: [String; 1] = self.one_or_more(node)?.try_into().ok()?;
        Some(one)
    }
}

/// The variable of a loop, what it runs over, and what it makes in each round.
fn parts(entry: &Entry) -> Option<(&str, &Node, &[Entry])> {
    let Syntax::List(parts) = &entry.value.value else { return None };
    let [name, collection, body] = parts.as_slice() else { return None };
    match &body.value {
        Syntax::Map(body) => Some((plain_text(name)?, collection, body)),
        _ => None,
    }
}

/// The name without `Fn::` and the argument of a function, however it is spelled.
fn function(node: &Node) -> Option<(&str, &Node)> {
    if let Some(tag) = &node.tag {
        return Some((tag.strip_prefix('!')?, node));
    }
    let Syntax::Map(entries) = &node.value else { return None };
    let [entry] = entries.as_slice() else { return None };
    let name = entry.key.text.as_str();
    Some((name.strip_prefix("Fn::").unwrap_or(name), &entry.value))
}

fn size(node: &Node) -> usize {
    match &node.value {
        Syntax::Null | Syntax::Scalar(_) => 1,
        Syntax::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Syntax::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
    }
}

/// One round of a loop: its variable and the value.
struct Round<'a> {
    name: &'a str,
    value: &'a str,
}

impl Round<'_> {
    fn entry(&self, entry: &Entry) -> Entry {
        let mut key = entry.key.clone();
        key.text = self.text(&key.text).unwrap_or(key.text);
        Entry { key, value: self.node(&entry.value) }
    }

    fn node(&self, node: &Node) -> Node {
        if let Some(("Ref", argument)) = function(node)
            && text(argument) == Some(self.name)
        {
            let value = Syntax::Scalar(Scalar { text: self.value.to_owned(), plain: false });
            return Node { value, tag: None, span: argument.span.clone(), used_at: node.used_at.clone() };
        }
        let value = match &node.value {
            Syntax::Null => Syntax::Null,
            Syntax::Scalar(scalar) => Syntax::Scalar(match self.text(&scalar.text) {
                Some(text) => Scalar { text, plain: false },
                None => scalar.clone(),
            }),
            Syntax::List(items) => Syntax::List(items.iter().map(|item| self.node(item)).collect()),
            Syntax::Map(entries) => Syntax::Map(entries.iter().map(|entry| self.entry(entry)).collect()),
        };
        Node { value, span: node.span.clone(), tag: node.tag.clone(), used_at: node.used_at.clone() }
    }

    /// The text with the value in place of the variable, which `&{…}` asks for without what is no letter and no digit;
    /// `None` for a text without the variable.
    fn text(&self, text: &str) -> Option<String> {
        let (exact, plain) = (format!("${{{}}}", self.name), format!("&{{{}}}", self.name));
        if !text.contains(&exact) && !text.contains(&plain) {
            return None;
        }
        let places = text.matches("&{").count() + text.matches("${").count();
        if text.len() + places.saturating_mul(self.value.len()) > LONGEST_TEXT {
            return None;
        }
        let letters: String = self.value.chars().filter(char::is_ascii_alphanumeric).collect();
        Some(text.replace(&exact, self.value).replace(&plain, &letters))
    }
}
