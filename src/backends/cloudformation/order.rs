//! The one order of keys in property maps.

use crate::desired::{Intrinsic, Value, ValueKind};

/// Maps that read better in another order than the alphabet's: a map with the first key has the keys of the row
/// before all others, in the row's order. The order of keys means nothing to CloudFormation.
const READING_ORDERS: &[(&str, &[&str])] = &[
    // A policy document.
    ("Statement", &["Version", "Id", "Statement"]),
    // A statement of one.
    (
        "Effect",
        &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"],
    ),
    // A stage of a pipeline.
    ("Actions", &["Name", "Actions"]),
    // An action of one.
    ("ActionTypeId", &["Name", "ActionTypeId", "RunOrder"]),
];

/// The same value with the keys of all maps in their one order: a row of [`READING_ORDERS`], then the alphabet. What is
/// spelled as a function becomes one, and what is none stays a map, so that equal values are printed alike.
pub(super) fn canonical(value: &Value) -> Value {
    let kind = match &value.kind {
        ValueKind::List(items) => ValueKind::List(items.iter().map(canonical).collect()),
        ValueKind::Map(entries) => ValueKind::Map(ordered(entries)),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if !names.is_empty() => {
            let text = Value::text(text, &value.origin);
            let names = canonical(&Value::new(ValueKind::Map(names.clone()), &value.origin));
            ValueKind::Map(vec![("Fn::Sub".to_owned(), Value::list(vec![text, names], &value.origin))])
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => {
            ValueKind::Map(vec![(name.clone(), canonical(argument))])
        }
        scalar => scalar.clone(),
    };
    Value::new(kind, &value.origin).lift_intrinsic()
}

fn ordered(entries: &[(String, Value)]) -> Vec<(String, Value)> {
    let row = READING_ORDERS.iter().find(|(mark, _)| entries.iter().any(|(key, _)| key == mark));
    let rank = |key: &str| row.and_then(|(_, keys)| keys.iter().position(|known| *known == key)).unwrap_or(usize::MAX);
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), canonical(value))).collect();
    entries.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    entries
}
