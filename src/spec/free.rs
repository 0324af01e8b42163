//! Values of any shape: what a service reads in a language of its own.

use serde_json::json;

use crate::source::Located;
use crate::spec::decode::located;
use crate::spec::{Decoder, Definitions, Shape, Text};
use crate::syntax::{Node, PlainKind, Value};

/// Anything that JSON can hold. Texts may hold expressions.
#[derive(Clone, Debug)]
pub enum Free {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Text),
    List(Vec<Located<Free>>),
    Map(Vec<(Located<String>, Located<Free>)>),
}

impl Free {
    pub fn entries(&self) -> &[(Located<String>, Located<Free>)] {
        match self {
            Free::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Located<Free>] {
        match self {
            Free::List(items) => items,
            _ => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Located<Free>> {
        self.entries().iter().find(|(name, _)| name.value == key).map(|(_, value)| value)
    }

    /// The text, if it is one and no expression is in it.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Free::Text(text) => text.literal(),
            _ => None,
        }
    }
}

impl Shape for Free {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        Some(match &node.value {
            Value::Null => Free::Null,
            Value::Scalar(scalar) => match scalar.kind() {
                PlainKind::Boolean(value) => Free::Boolean(value),
                PlainKind::Integer(value) => Free::Integer(value),
                PlainKind::Float(value) => Free::Float(value),
                PlainKind::Text => Free::Text(Text::read(&scalar.text, &node.span, decoder)),
            },
            Value::List(items) => Free::List(items.iter().filter_map(|item| located(item, decoder)).collect()),
            Value::Map(entries) => {
                let read = entries.iter().filter_map(|entry| {
                    let key = Located::new(entry.key.text.clone(), entry.key.span.clone());
                    Some((key, located(&entry.value, decoder)?))
                });
                Free::Map(read.collect())
            }
        })
    }
}

/// A mapping of anything; it is not empty.
#[derive(Clone, Debug)]
pub struct FreeMap(pub Free);

impl Shape for FreeMap {
    fn schema(_: &mut Definitions) -> serde_json::Value {
        json!({ "type": "object", "minProperties": 1 })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match &node.value {
            Value::Map(entries) if entries.is_empty() => {
                decoder.bad_value(node, "the mapping is empty", "add an entry, or remove the key");
                None
            }
            Value::Map(_) => Free::decode(node, decoder).map(Self),
            _ => {
                decoder.wrong_type(node, "a mapping");
                None
            }
        }
    }
}
