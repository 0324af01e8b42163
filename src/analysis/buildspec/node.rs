//! Short ways through a tree.

use crate::syntax::{Entry, Node, Value};

/// The entries of a mapping; empty for anything else.
pub fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

/// The entry of a mapping under a key.
pub fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    entries(node).iter().find(|entry| entry.key.text == key)
}

/// The items of a list, with those of lists in it, as aliases put them there; empty for anything else.
pub fn items(node: &Node) -> Vec<&Node> {
    let Value::List(items) = &node.value else { return Vec::new() };
    items
        .iter()
        .flat_map(|item| match (&item.value, &item.used_at) {
            (Value::List(inner), Some(_)) => inner.iter().collect(),
            _ => vec![item],
        })
        .collect()
}

/// The text of a scalar.
pub fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

/// The texts of a list, or the one text that stands in its place.
pub fn list_texts(node: &Node) -> Vec<(&str, &Node)> {
    let nodes = if scalar(node).is_some() { vec![node] } else { items(node) };
    nodes.into_iter().filter_map(|node| Some((scalar(node)?, node))).collect()
}
