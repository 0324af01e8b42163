//! What can be said of a value before a deployment: known, partly known, or unknown.
//!
//! A lint must be silent about what it cannot know. These functions are how it asks.

use std::borrow::Cow;

use crate::desired::{Intrinsic, Value, ValueKind};

/// What stands at a place below a value.
#[derive(Clone, Copy, Debug)]
pub enum Look<'a> {
    /// Surely nothing.
    Absent,
    Found(&'a Value),
    /// An intrinsic on the way decides at deployment.
    Unknown,
}

impl<'a> Look<'a> {
    pub fn found(self) -> Option<&'a Value> {
        match self {
            Look::Found(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_absent(self) -> bool {
        matches!(self, Look::Absent)
    }
}

/// What stands at a JSON pointer below `value` (`/Stages/0/Name`). An `Fn::If`, a macro or a loop on the way makes it
/// unknown; `AWS::NoValue` counts as nothing.
pub fn look<'a>(value: &'a Value, pointer: &str) -> Look<'a> {
    let mut at = value;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &at.kind {
            _ if is_no_value(at) => return Look::Absent,
            ValueKind::Intrinsic(_) => return Look::Unknown,
            ValueKind::List(items) => {
                if items.iter().any(is_conditional) {
                    return Look::Unknown;
                }
                part.parse::<usize>().ok().and_then(|index| items.get(index))
            }
            ValueKind::Map(entries) if entries.iter().any(|(key, _)| key.starts_with("Fn::")) => {
                return at.get(&part).map_or(Look::Unknown, Look::Found);
            }
            _ => at.get(&part),
        };
        match next {
            Some(next) => at = next,
            None => return Look::Absent,
        }
    }
    if is_no_value(at) { Look::Absent } else { Look::Found(at) }
}

/// `!Ref AWS::NoValue`
pub fn is_no_value(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Intrinsic(Intrinsic::Ref(name)) if name == "AWS::NoValue")
}

fn is_conditional(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Intrinsic(Intrinsic::Call(name, _)) if name == "Fn::If")
}

/// The values that this one may be at deployment: both branches of every `Fn::If`, without `AWS::NoValue`; else itself.
pub fn alternatives(value: &Value) -> Vec<&Value> {
    fn collect<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
        if let ValueKind::Intrinsic(Intrinsic::Call(name, argument)) = &value.kind
            && name == "Fn::If"
            && let ValueKind::List(parts) = &argument.kind
            && let [_, yes, no] = parts.as_slice()
        {
            collect(yes, found);
            collect(no, found);
        } else if !is_no_value(value) {
            found.push(value);
        }
    }
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

/// The items of a list with the branches of each `Fn::If` written out; empty for what is no list.
pub fn items(value: &Value) -> Vec<&Value> {
    let lists = alternatives(value);
    lists
        .into_iter()
        .filter_map(|list| match &list.kind {
            ValueKind::List(items) => Some(items),
            _ => None,
        })
        .flatten()
        .flat_map(alternatives)
        .collect()
}

/// The entries of a map; empty for what is no map.
pub fn entries(value: &Value) -> &[(String, Value)] {
    match &value.kind {
        ValueKind::Map(entries) => entries,
        _ => &[],
    }
}

/// Whether the value is decided at deployment.
pub fn is_intrinsic(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Intrinsic(_))
}

/// The text of a scalar as CloudFormation hands it to a service: numbers and booleans become text. A text with a
/// dynamic reference (`{{resolve:…}}`) is not known.
pub fn text(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        ValueKind::Text(text) if text.contains("{{resolve:") => None,
        ValueKind::Text(text) => Some(Cow::Borrowed(text)),
        ValueKind::Boolean(value) => Some(Cow::Owned(value.to_string())),
        ValueKind::Integer(value) => Some(Cow::Owned(value.to_string())),
        ValueKind::Float(value) => Some(Cow::Owned(value.to_string())),
        ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Intrinsic(_) => None,
    }
}

/// The known text at a JSON pointer below `value`.
pub fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<Cow<'a, str>> {
    look(value, pointer).found().and_then(text)
}

/// A whole number, also when it is written as a text.
pub fn integer(value: &Value) -> Option<i64> {
    match &value.kind {
        ValueKind::Integer(value) => Some(*value),
        ValueKind::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A boolean, also when it is written as a text.
pub fn boolean(value: &Value) -> Option<bool> {
    match &value.kind {
        ValueKind::Boolean(value) => Some(*value),
        ValueKind::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        ValueKind::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The logical id, parameter or pseudo parameter that this value is, by `Ref`, `Fn::GetAtt`, or an `Fn::Sub` of
/// nothing but one `${…}`.
pub fn target(value: &Value) -> Option<&str> {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => Some(name),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => {
            let name = text.strip_prefix("${")?.strip_suffix('}')?;
            let plain = !name.contains(['$', '{', '}', '!']);
            plain.then(|| name.split('.').next().unwrap_or(name))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::generate::origin;

    fn value(json: serde_json::Value) -> Value {
        Value::from_json(json, &origin())
    }

    #[test]
    fn an_intrinsic_on_the_way_hides_what_is_below() {
        let it = value(json!({ "A": { "Fn::If": ["C", { "B": 1 }, { "Ref": "AWS::NoValue" }] }, "D": { "B": 1 } }));
        assert!(matches!(look(&it, "/A/B"), Look::Unknown));
        assert!(matches!(look(&it, "/D/B"), Look::Found(_)));
        assert!(look(&it, "/D/C").is_absent());
        assert!(look(&it, "/E/C").is_absent());
    }

    #[test]
    fn no_value_is_nothing() {
        let it = value(json!({ "A": { "Ref": "AWS::NoValue" } }));
        assert!(look(&it, "/A").is_absent());
        assert!(look(&it, "/A/B").is_absent());
    }

    #[test]
    fn both_branches_of_a_condition_are_possible() {
        let it = value(json!([1, { "Fn::If": ["C", 2, { "Fn::If": ["D", 3, { "Ref": "AWS::NoValue" }] }] }]));
        let numbers: Vec<_> = items(&it).into_iter().filter_map(integer).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn a_reference_leads_to_its_target() {
        for reference in
            [json!({ "Ref": "A" }), json!({ "Fn::GetAtt": ["A", "Arn"] }), json!({ "Fn::Sub": "${A.Arn}" })]
        {
            assert_eq!(target(&value(reference)), Some("A"));
        }
        assert_eq!(target(&value(json!({ "Fn::Sub": "x-${A}" }))), None);
    }
}
