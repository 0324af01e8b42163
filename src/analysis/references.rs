//! Who refers to whom within one template.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::source::Span;

/// Calls `visit` with every name that `value` refers to and where. What stands in a branch of an `Fn::If` is left out
/// when `surely` is set: only one branch counts, and which one is decided at deployment.
pub fn references<'a>(value: &'a Value, surely: bool, visit: &mut dyn FnMut(&'a str, &'a Span)) {
    match &value.kind {
        ValueKind::List(items) => items.iter().for_each(|item| references(item, surely, visit)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| references(value, surely, visit)),
        ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => visit(name, &value.origin.span),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            names.iter().for_each(|(_, value)| references(value, surely, visit));
            for name in substituted(text) {
                if names.iter().all(|(given, _)| given != name) {
                    visit(name.split('.').next().unwrap_or(name), &value.origin.span);
                }
            }
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name != "Fn::If" || !surely => {
            references(argument, surely, visit);
        }
        _ => {}
    }
}

/// The names in the `${…}` of an `Fn::Sub`, without those written out by `${!…}`.
pub fn substituted(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.starts_with('!'))
}

/// Everything that is created before `id`, itself only when it waits for itself.
pub fn created_before<'a>(stack: &'a Stack, id: &'a str) -> BTreeSet<&'a str> {
    let mut before = BTreeSet::new();
    let mut open = vec![id];
    while let Some(next) = open.pop() {
        let Some(resource) = stack.resources.get(next) else { continue };
        let mut visit = |name: &'a str| {
            if before.insert(name) {
                open.push(name);
            }
        };
        references(&resource.properties, false, &mut |name, _| visit(name));
        resource.depends_on.iter().for_each(|name| visit(name));
    }
    before
}

/// A ring of resources in which each needs the next.
pub struct Cycle<'a> {
    /// Logical ids in the order of need, beginning with the first in the template.
    pub ids: Vec<&'a str>,
    /// Where the last one refers to the first.
    pub closing: &'a Span,
}

/// The rings of resources that surely wait for each other, one for each group of them.
pub fn cycles(stack: &Stack) -> Vec<Cycle<'_>> {
    let mut needs: BTreeMap<&str, BTreeMap<&str, &Span>> = BTreeMap::new();
    for (id, resource) in &stack.resources {
        // A resource with a condition may not be there.
        if resource.condition.is_some() {
            continue;
        }
        let edges = needs.entry(id).or_default();
        references(&resource.properties, true, &mut |name, span| {
            edges.entry(name).or_insert(span);
        });
        for name in &resource.depends_on {
            edges.entry(name).or_insert(&resource.origin.span);
        }
    }
    let mut done = BTreeSet::new();
    let mut cycles = Vec::new();
    for start in stack.resources.keys() {
        if let Some(path) = ring(start, &needs, &done) {
            let last = path.last().copied().unwrap_or(start);
            if let Some(closing) = needs.get(last).and_then(|edges| edges.get(start.as_str())) {
                done.extend(path.iter().copied());
                cycles.push(Cycle { ids: path, closing });
            }
        }
    }
    cycles
}

/// The shortest way from `start` back to itself that avoids `done`.
fn ring<'a>(
    start: &'a str,
    needs: &BTreeMap<&'a str, BTreeMap<&'a str, &'a Span>>,
    done: &BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in needs.get(at)?.keys().filter(|next| needs.contains_key(**next) && !done.contains(**next)) {
            if *next == start {
                let mut path = vec![at];
                while let Some(before) = came_from.get(path.last()?) {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}
