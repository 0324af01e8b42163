//! Reads nodes by their shapes.

use super::entry;
use super::rules::{MISSING_KEY, TEXT_WANTED, UNKNOWN_KEY, WRONG_SHAPE};
use super::shape::{Record, Shape};
use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::Span;
use crate::syntax::{Node, PlainKind, Value as Syntax};

pub(super) struct Reader {
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Nothing was cut away before.
    pub(super) is_whole: bool,
}

impl Reader {
    /// The map of a record under CloudFormation's names. What is missing is missing at `owner`, or else at its name.
    pub(super) fn record(&mut self, node: &Node, record: &'static Record, owner: Option<&Span>) -> Value {
        let origin = Origin::authored(&node.span);
        let Syntax::Map(entries) = &node.value else {
            return self.wrong_shape(node, &format!("{} is a mapping", record.what), "write `{\"name\": …}`");
        };
        let names: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
        self.known(node, &names);
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(field) = record.fields.iter().find(|field| field.name == entry.key.text)
                && !matches!(field.shape, Shape::Ignored)
            {
                values.push((capital(field.name), self.value(&entry.value, &field.shape).under(&entry.key.span)));
            }
        }
        let name = entry(node, "name").map(|(_, name)| &name.span);
        let first = entries.first().map_or(&node.span, |entry| &entry.key.span);
        for field in record.fields.iter().filter(|field| field.is_required && self.is_whole) {
            if entry(node, field.name).is_none() {
                let message = format!("{} needs `{}`, and the call is refused without it", record.what, field.name);
                let help = format!("add `\"{}\"`", field.name);
                let span = owner.or(name).unwrap_or(first);
                self.diagnostics.push(Diagnostic::new(&MISSING_KEY, span, message).help(help));
            }
        }
        Value::new(ValueKind::Map(values), &origin)
    }

    pub(super) fn value(&mut self, node: &Node, shape: &Shape) -> Value {
        match *shape {
            Shape::Ignored => any(node),
            Shape::Text => self.text(node),
            Shape::Integer => self.integer(node),
            Shape::Texts => self.items(node, |reader, item| reader.text(item)),
            Shape::Configuration => self.configuration(node),
            Shape::Record(record) => self.record(node, record, None),
            Shape::Records(record) => self.items(node, |reader, item| reader.record(item, record, None)),
            Shape::ByRegion(record) => self.by_region(node, record),
        }
    }

    fn text(&mut self, node: &Node) -> Value {
        let Syntax::Scalar(scalar) = &node.value else {
            return self.wrong_shape(node, "here stands a text", "write a text between quotes");
        };
        if scalar.kind() != PlainKind::Text {
            let message = format!("`{0}` is no text here, and the call is refused", scalar.text);
            let help = format!("write `\"{}\"`", scalar.text);
            self.diagnostics.push(Diagnostic::new(&TEXT_WANTED, &node.span, message).help(help));
        }
        Value::text(&scalar.text, &Origin::authored(&node.span))
    }

    fn integer(&mut self, node: &Node) -> Value {
        match &node.value {
            Syntax::Scalar(scalar) => match scalar.kind() {
                PlainKind::Integer(number) => Value::new(ValueKind::Integer(number), &Origin::authored(&node.span)),
                _ => {
                    self.wrong_shape(node, "here stands a whole number", "write the number without quotes");
                    Value::text(&scalar.text, &Origin::authored(&node.span))
                }
            },
            _ => self.wrong_shape(node, "here stands a whole number", "write the number without quotes"),
        }
    }

    fn items(&mut self, node: &Node, mut read: impl FnMut(&mut Self, &Node) -> Value) -> Value {
        let Syntax::List(items) = &node.value else {
            return self.wrong_shape(node, "here stands a list", "put it between `[` and `]`");
        };
        let items = items.iter().map(|item| read(self, item)).collect();
        Value::list(items, &Origin::authored(&node.span))
    }

    fn configuration(&mut self, node: &Node) -> Value {
        let Syntax::Map(entries) = &node.value else {
            return self.wrong_shape(node, "a configuration is a mapping", "write `{\"Key\": \"value\"}`");
        };
        let values = entries
            .iter()
            .map(|entry| {
                let value = match &entry.value.value {
                    Syntax::List(_) | Syntax::Map(_) => {
                        let message = format!(
                            "`{}` is a text that holds JSON, and the call is refused with a list or mapping",
                            entry.key.text
                        );
                        let help = "write the JSON as a text: put it between quotes and a `\\` before each quote in it";
                        self.diagnostics.push(Diagnostic::new(&TEXT_WANTED, &entry.value.span, message).help(help));
                        any(&entry.value)
                    }
                    _ => self.text(&entry.value),
                };
                (entry.key.text.clone(), value.under(&entry.key.span))
            })
            .collect();
        Value::new(ValueKind::Map(values), &Origin::authored(&node.span))
    }

    fn by_region(&mut self, node: &Node, record: &'static Record) -> Value {
        let origin = Origin::authored(&node.span);
        let Syntax::Map(entries) = &node.value else {
            return self.wrong_shape(
                node,
                "artifact stores are a mapping from Regions",
                "write `{\"us-east-1\": {…}}`",
            );
        };
        let store = |reader: &mut Self, entry: &crate::syntax::Entry| {
            let region = Value::text(&entry.key.text, &Origin::authored(&entry.key.span));
            let store = reader.record(&entry.value, record, Some(&entry.key.span));
            Value::map(&Origin::authored(&entry.value.span))
                .with("Region", region)
                .with("ArtifactStore", store.under(&entry.key.span))
        };
        Value::list(entries.iter().map(|entry| store(self, entry)).collect(), &origin)
    }

    /// Reports the keys of a map that are not `known`.
    pub(super) fn known(&mut self, node: &Node, known: &[&str]) {
        let Syntax::Map(entries) = &node.value else { return };
        for key in entries.iter().map(|entry| &entry.key) {
            if known.contains(&key.text.as_str()) {
                continue;
            }
            let message = format!("CodePipeline knows no `{}` here, and the call is refused", key.text);
            let help = match nearest(&key.text, known.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => format!("remove it; there may be {}", list(known.iter().copied())),
            };
            self.diagnostics.push(Diagnostic::new(&UNKNOWN_KEY, &key.span, message).help(help));
        }
    }

    /// Reports what is not of its shape, and gives it as it is written.
    fn wrong_shape(&mut self, node: &Node, wanted: &str, help: &str) -> Value {
        let message = format!("{wanted}, and the call is refused with anything else");
        self.diagnostics.push(Diagnostic::new(&WRONG_SHAPE, &node.span, message).help(help));
        any(node)
    }
}

/// The value as it is written.
fn any(node: &Node) -> Value {
    let kind = match &node.value {
        Syntax::Null => ValueKind::Text(String::new()),
        Syntax::Scalar(scalar) => match scalar.kind() {
            PlainKind::Integer(value) => ValueKind::Integer(value),
            PlainKind::Float(value) => ValueKind::Float(value),
            PlainKind::Boolean(value) => ValueKind::Boolean(value),
            PlainKind::Text => ValueKind::Text(scalar.text.clone()),
        },
        Syntax::List(items) => ValueKind::List(items.iter().map(any).collect()),
        Syntax::Map(entries) => ValueKind::Map(
            entries.iter().map(|entry| (entry.key.text.clone(), any(&entry.value).under(&entry.key.span))).collect(),
        ),
    };
    Value::new(kind, &Origin::authored(&node.span))
}

/// CloudFormation's name of a key of the API.
fn capital(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}
