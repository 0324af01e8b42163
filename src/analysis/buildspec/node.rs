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

/// Every node at a path such as `/phases/*`, in which `*` stands for any key or item.
pub fn places<'n>(root: &'n Node, path: &str) -> Vec<&'n Node> {
    path.split('/').skip(1).fold(vec![root], |nodes, part| {
        let below = |node: &'n Node| -> Vec<&'n Node> {
            match (part, &node.value) {
                ("*", Value::List(items)) => items.iter().collect(),
                ("*", Value::Map(entries)) => entries.iter().map(|entry| &entry.value).collect(),
                _ => entry(node, part).map(|entry| &entry.value).into_iter().collect(),
            }
        };
        nodes.into_iter().flat_map(below).collect()
    })
}

/// Calls `visit` for a node and all below it.
pub fn walk<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    visit(node);
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Map(entries) => entries.iter().for_each(|entry| walk(&entry.value, visit)),
        Value::Null | Value::Scalar(_) => {}
    }
}
