//! Which properties are given together.

use super::Fault;
use super::walk::Walk;
use crate::analysis::value::{alternatives, is_no_value};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::facts::schema::Shape;
use crate::source::Span;

type Entries<'a> = &'a [(String, Value)];

/// What is given under a name, if anything may be.
pub(super) fn find<'a>(entries: Entries<'a>, name: &str) -> Option<&'a Value> {
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| !alternatives(value).is_empty())
}

/// Whether the value is there in every case.
pub(super) fn surely(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::If" => match &argument.kind {
            ValueKind::List(parts) if parts.len() == 3 => parts[1..].iter().all(surely),
            _ => false,
        },
        ValueKind::Intrinsic(Intrinsic::Call(name, _)) => matches!(name.as_str(), "Fn::Join" | "Fn::Base64"),
        _ => !is_no_value(value),
    }
}

/// What is given under a name in every case. An empty list or mapping is as good as nothing to most services.
fn find_surely<'a>(entries: Entries<'a>, name: &str) -> Option<&'a (String, Value)> {
    let is_empty = |value: &Value| match &value.kind {
        ValueKind::List(items) => items.is_empty(),
        ValueKind::Map(entries) => entries.is_empty(),
        _ => false,
    };
    entries.iter().find(|(key, value)| key == name && surely(value) && !is_empty(value))
}

pub(super) fn check<'a>(walk: &mut Walk<'a, '_>, entries: Entries<'a>, shape: &'static Shape, owner: &'a Span) {
    for groups in &shape.one_of {
        exactly_one(walk, entries, groups);
    }
    for groups in shape.any_of.iter().chain(&shape.one_of) {
        let possible = |group: &Vec<String>| group.iter().all(|name| find(entries, name).is_some());
        if !groups.iter().any(possible) {
            walk.report(owner, Fault::NoneOf { groups });
        }
    }
    for (name, others) in &shape.excludes {
        let Some(one) = find_surely(entries, name) else { continue };
        if let Some(other) = others.iter().find_map(|other| find_surely(entries, other)) {
            exclude(walk, entries, one, other);
        }
    }
    for (name, others) in &shape.needs {
        let Some((_, value)) = find_surely(entries, name) else { continue };
        for missing in others.iter().filter(|other| find(entries, other).is_none()) {
            walk.report(value.key_span(), Fault::Needed { name, missing });
        }
    }
}

/// Reports the second of two groups that are both given; properties that both have in common are not to blame.
fn exactly_one<'a>(walk: &mut Walk<'a, '_>, entries: Entries<'a>, groups: &'static [Vec<String>]) {
    let mut given = groups.iter().filter(|group| group.iter().all(|name| find_surely(entries, name).is_some()));
    let (Some(first), Some(second)) = (given.next(), given.next()) else { return };
    let own = |group: &'static [String], other: &[String]| {
        group.iter().find(|name| !other.contains(name)).and_then(|name| find_surely(entries, name))
    };
    if let (Some(one), Some(other)) = (own(first, second), own(second, first)) {
        exclude(walk, entries, one, other);
    }
}

/// Reports the one of two properties that is written below the other.
fn exclude<'a>(walk: &mut Walk<'a, '_>, entries: Entries<'a>, one: &'a (String, Value), other: &'a (String, Value)) {
    let position = |name: &str| entries.iter().position(|(key, _)| key == name);
    let (above, below) = if position(&one.0) < position(&other.0) { (one, other) } else { (other, one) };
    let fault = Fault::Excluded { name: &below.0, other: &above.0, of_other: above.1.key_span() };
    walk.report(below.1.key_span(), fault);
}
