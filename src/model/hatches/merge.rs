//! Merging what is overridden into what is there: mappings entry by entry, everything else as a whole.

use crate::desired::{Value, ValueKind};
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

/// Changes the property `key` of `properties`.
pub fn apply(properties: &mut Value, key: &str, span: &Span, change: Change, idle: &mut Vec<Idle>) {
    into(properties, key, key, span, change, idle);
}

fn into(map: &mut Value, key: &str, place: &str, span: &Span, change: Change, idle: &mut Vec<Idle>) {
    match (change, at(map, key)) {
        (Change::Remove, None) => idle.push(Idle { place: place.to_owned(), span: span.clone(), value: None }),
        (Change::Remove, Some(_)) => {
            map.remove(key);
        }
        (Change::Merge(changes), Some(inside)) if !changes.is_empty() && matches!(inside.kind, ValueKind::Map(_)) => {
            for (name, span, change) in changes {
                into(inside, &name, &format!("{place}.{name}"), &span, change, idle);
            }
        }
        (change, there) => {
            let Some(value) = change.into_value(span) else { return };
            if let Some(same) = there.filter(|there| **there == value) {
                idle.push(Idle { place: place.to_owned(), span: span.clone(), value: Some(said(same)) });
            }
            map.set(key, value.under(span));
        }
    }
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
