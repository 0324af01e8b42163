//! Merging what is overridden into what is there: mappings entry by entry, everything else as a whole.

use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::source::Span;
use crate::template::Change;

/// An override that says what is there already.
pub struct Idle {
    /// `StreamModeDetails.StreamMode`
    pub place: String,
    pub span: Span,
    /// `None` when there is nothing to be left out.
    pub value: Option<String>,
}

/// Calls `fill` for every value of a change.
pub fn fill(change: &mut Change, fill_value: &mut dyn FnMut(&mut Value)) {
    match change {
        Change::Remove => {}
        Change::Replace(value) => fill_value(value),
        Change::Merge(changes) => changes.iter_mut().for_each(|(_, _, change)| fill(change, fill_value)),
    }
}

/// Changes the property `key` of `properties`; with a condition, what is there stays where that does not hold.
pub fn apply(
    properties: &mut Value,
    (key, span): (&str, &Span),
    change: Change,
    condition: Option<&str>,
    idle: &mut Vec<Idle>,
) {
    into(properties, (key, key, span), change, condition, idle);
}

fn into(
    map: &mut Value,
    (key, place, span): (&str, &str, &Span),
    change: Change,
    condition: Option<&str>,
    idle: &mut Vec<Idle>,
) {
    match (change, at(map, key)) {
        (Change::Remove, None) => idle.push(Idle { place: place.to_owned(), span: span.clone(), value: None }),
        (Change::Remove, Some(there)) => match condition {
            Some(condition) => {
                let origin = Origin::authored(span);
                *there = choice(condition, nothing(&origin), there.clone(), &origin).under(span);
            }
            None => {
                map.remove(key);
            }
        },
        (Change::Merge(changes), Some(inside)) if !changes.is_empty() && matches!(inside.kind, ValueKind::Map(_)) => {
            for (name, span, change) in changes {
                into(inside, (&name, &format!("{place}.{name}"), &span), change, condition, idle);
            }
        }
        (change, there) => {
            let Some(value) = change.into_value(span) else { return };
            if let Some(same) = there.filter(|there| **there == value) {
                idle.push(Idle { place: place.to_owned(), span: span.clone(), value: Some(said(same)) });
            }
            let value = match condition {
                Some(condition) => {
                    let origin = value.origin.clone();
                    let otherwise = map.get(key).cloned().unwrap_or_else(|| nothing(&origin));
                    choice(condition, value, otherwise, &origin)
                }
                None => value,
            };
            map.set(key, value.under(span));
        }
    }
}

fn choice(condition: &str, value: Value, otherwise: Value, origin: &Origin) -> Value {
    let argument = Value::list(vec![Value::text(condition, origin), value, otherwise], origin);
    Value::new(ValueKind::Intrinsic(Intrinsic::Call("Fn::If".to_owned(), Box::new(argument))), origin)
}

/// What leaves a property out.
fn nothing(origin: &Origin) -> Value {
    Value::reference("AWS::NoValue", origin)
}

fn at<'v>(map: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let ValueKind::Map(entries) = &mut map.kind else { return None };
    entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// A value in a message.
fn said(value: &Value) -> String {
    let text = match &value.kind {
        ValueKind::Text(text) => text.clone(),
        _ => value.to_json().to_string(),
    };
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
