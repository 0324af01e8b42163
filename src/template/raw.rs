//! Parts of a template that stand in another document.

use super::{Lifter, is_function};
use crate::desired::{Origin, Resource, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Key, Node, Value as Syntax};

/// What is to become of a property.
#[derive(Clone, Debug)]
pub enum Change {
    /// Left out.
    Remove,
    /// Of a mapping, these entries; each with where its key is written.
    Merge(Vec<(String, Span, Change)>),
    Replace(Value),
}

/// Reads a resource that stands under a logical id. Names in it are not looked up.
pub fn lift_resource(id: &str, key: &Span, node: &Node) -> (Option<Resource>, Vec<Diagnostic>) {
    let mut lifter = Lifter { is_yaml_1_2: true, ..Lifter::default() };
    let resource = lifter.resource(id, &Key { text: id.to_owned(), span: key.clone() }, node);
    (resource, lifter.diagnostics)
}

/// Reads what is to become of properties: a null leaves one out, a mapping changes what it names.
pub fn lift_change(node: &Node) -> (Change, Vec<Diagnostic>) {
    let mut lifter = Lifter { is_yaml_1_2: true, ..Lifter::default() };
    let change = lifter.change(node);
    (change, lifter.diagnostics)
}

impl Lifter {
    fn change(&mut self, node: &Node) -> Change {
        match &node.value {
            Syntax::Null => Change::Remove,
            Syntax::Map(entries) if !is_function(node) => {
                let changes = entries.iter().map(|entry| {
                    let change = self.change(&entry.value);
                    (entry.key.text.clone(), entry.key.span.clone(), change)
                });
                Change::Merge(changes.collect())
            }
            _ => self.value(node).map_or(Change::Remove, Change::Replace),
        }
    }
}

impl Change {
    /// The value that a property has which was not there; `None` when there is to be none.
    pub fn into_value(self, span: &Span) -> Option<Value> {
        match self {
            Change::Remove => None,
            Change::Replace(value) => Some(value),
            Change::Merge(changes) => {
                let values = changes.into_iter().filter_map(|(name, key, change)| {
                    let value = change.into_value(&key)?.under(&key);
                    Some((name, value))
                });
                Some(Value::new(ValueKind::Map(values.collect()), &Origin::authored(span)))
            }
        }
    }
}
