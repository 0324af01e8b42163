//! Reading nodes against shapes: everything that is wrong is reported, each thing once.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::{Files, Located, SourceFile, Span};
use crate::spec::expression::Expression;
use crate::spec::hatches::Moves;
use crate::spec::modules::GitUse;
use crate::spec::{Shape, rules};
use crate::syntax::{Node, PlainKind, Value};

/// What decoding collects beside the values themselves.
#[derive(Default)]
pub struct Decoder {
    /// The files beside the document, for things that are made for each of some.
    pub files: Option<Arc<dyn Files>>,
    pub diagnostics: Vec<Diagnostic>,
    /// Every reference read so far, for the phase that resolves names.
    pub references: Vec<ReferenceUse>,
    /// Every expression read so far, for the phase that resolves names.
    pub expressions: Vec<Expression>,
    /// The files of modules that were read.
    pub sources: Vec<Arc<SourceFile>>,
    /// Every use of a module from a Git repository.
    pub wanted: Vec<GitUse>,
    /// The sections that a document has; known where a module says what it takes.
    pub sections: Vec<&'static str>,
    /// What things are called in the account.
    pub moves: Moves,
}

/// A reference as it stands in the document: `kind.name` or `kind.name.attribute`.
#[derive(Clone, Debug)]
pub struct ReferenceUse {
    pub text: String,
    pub span: Span,
    /// The sections whose things may stand here; empty when any may.
    pub accepts: &'static [&'static str],
}

impl Decoder {
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Opens a mapping with known keys; reports other nodes, unknown keys, and a violated `one_of`.
    pub fn fields<'n>(&mut self, node: &'n Node, keys: &[&'static str], one_of: &[&'static str]) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            self.no_mapping(node, keys);
            return None;
        };
        let mut fields = Fields { node, failed: false, misspelt: Vec::new() };
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.text.as_str())) {
            fields.failed = true;
            fields.misspelt.extend(nearest(&entry.key.text, keys.iter().copied()).map(str::to_owned));
            self.unknown_key(&entry.key.text, &entry.key.span, keys);
        }
        if !one_of.is_empty() {
            let given: Vec<_> = entries.iter().filter(|entry| one_of.contains(&entry.key.text.as_str())).collect();
            match given.as_slice() {
                [_] => {}
                [] => {
                    fields.failed = true;
                    self.report(
                        Diagnostic::new(
                            &rules::ONE_OF,
                            &node.span,
                            format!("one of {} is missing", list(one_of.iter().copied())),
                        )
                        .label("has none of them")
                        .help(format!("write exactly one of {}", list(one_of.iter().copied()))),
                    );
                }
                [first, second, ..] => {
                    fields.failed = true;
                    self.report(
                        Diagnostic::new(
                            &rules::ONE_OF,
                            &second.key.span,
                            format!("`{}` and `{}` exclude each other", first.key.text, second.key.text),
                        )
                        .label("the second of the two")
                        .related(&first.key.span, "the first")
                        .help(format!("keep exactly one of {}", list(one_of.iter().copied()))),
                    );
                }
            }
        }
        Some(fields)
    }

    /// Reports what stands where a mapping with these keys belongs; `build builds.jar` lacks but its colon.
    fn no_mapping(&mut self, node: &Node, keys: &[&str]) {
        let found = describe(node);
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            _ => "",
        };
        let colon = text.split_once(' ').filter(|(word, _)| keys.contains(word));
        let help = match colon {
            Some((key, rest)) => format!("put a colon after the key: `{key}: {}`", rest.trim_start()),
            None => format!("write a mapping with some of the keys {}", list(keys.iter().copied())),
        };
        let message = format!("expected a mapping, found {found}");
        self.report(
            Diagnostic::new(&rules::WRONG_TYPE, &node.span, message).label(format!("this is {found}")).help(help),
        );
    }

    /// Reports a key that is not among `keys`, with the nearest one.
    pub fn unknown_key<'k>(&mut self, key: &str, span: &Span, keys: impl IntoIterator<Item = &'k &'k str> + Clone) {
        let known = || keys.clone().into_iter().copied();
        let diagnostic = Diagnostic::new(&rules::UNKNOWN_KEY, span, format!("unknown key `{key}`"));
        self.report(match nearest(key, known()) {
            Some(near) => {
                diagnostic.label(format!("did you mean `{near}`?")).help(format!("write `{near}`, or remove `{key}`"))
            }
            None => diagnostic.label("not known here").help(format!("the keys known here are {}", list(known()))),
        });
    }

    /// Reports a node of the wrong kind; `expected` is a noun with its article.
    pub fn wrong_type(&mut self, node: &Node, expected: &str) {
        let found = describe(node);
        let diagnostic = Diagnostic::new(&rules::WRONG_TYPE, &node.span, format!("expected {expected}, found {found}"))
            .label(format!("this is {found}"));
        // Quotes alone do not make a duration or size of a number.
        let quotable = expected.contains("text")
            && !expected.contains("such as")
            && matches!(&node.value, Value::Scalar(scalar) if scalar.plain);
        self.report(if quotable {
            diagnostic.help(format!("put it in quotes: \"{}\"", node.span.text()))
        } else {
            diagnostic.help(format!("write {}", expected.trim_start_matches("text: ")))
        });
    }

    /// Reports a value of the right kind that is not one of the accepted ones.
    pub fn bad_value(&mut self, node: &Node, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::new(&rules::BAD_VALUE, &node.span, message).label("not accepted").help(help));
    }

    /// The text of a scalar that YAML takes for a string.
    pub fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(scalar) if scalar.kind() == PlainKind::Text => Some(&scalar.text),
            _ => {
                self.wrong_type(node, expected);
                None
            }
        }
    }

    /// One of a few words.
    pub fn word<'n>(&mut self, node: &'n Node, words: &[&'static str]) -> Option<&'n str> {
        let text = self.text(node, "text")?;
        if words.contains(&text) {
            return Some(text);
        }
        let message = format!("`{text}` is not one of {}", list(words.iter().copied()));
        let help = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list(words.iter().copied())),
        };
        self.bad_value(node, message, help);
        None
    }
}

/// A mapping being read; [`Fields::finish`] tells whether all of it was good.
pub struct Fields<'n> {
    node: &'n Node,
    failed: bool,
    /// Known keys that unknown ones are near to: they are not missing, but misspelt.
    misspelt: Vec<String>,
}

impl<'n> Fields<'n> {
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        let Value::Map(entries) = &self.node.value else { return None };
        entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    pub fn required<T: Shape>(&mut self, key: &str, decoder: &mut Decoder) -> Option<Located<T>> {
        if self.get(key).is_none() {
            self.failed = true;
            if self.misspelt.iter().any(|misspelt| misspelt == key) {
                return None;
            }
            decoder.report(
                Diagnostic::new(&rules::MISSING_KEY, &self.node.span, format!("the key `{key}` is missing"))
                    .label(format!("has no `{key}`"))
                    .help(format!("add `{key}:`")),
            );
        }
        self.optional(key, decoder)
    }

    pub fn optional<T: Shape>(&mut self, key: &str, decoder: &mut Decoder) -> Option<Located<T>> {
        let node = self.get(key)?;
        let value = located(node, decoder);
        self.failed |= value.is_none();
        value
    }

    /// `None` when anything was reported.
    pub fn finish(self) -> Option<()> {
        (!self.failed).then_some(())
    }
}

/// Decodes `node` and keeps its span.
pub(super) fn located<T: Shape>(node: &Node, decoder: &mut Decoder) -> Option<Located<T>> {
    T::decode(node, decoder).map(|value| Located::new(value, node.span.clone()))
}

fn describe(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "nothing",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::Scalar(scalar) => match scalar.kind() {
            PlainKind::Text => "text",
            PlainKind::Boolean(_) => "a boolean",
            PlainKind::Integer(_) => "an integer",
            PlainKind::Float(_) => "a number",
        },
    }
}
