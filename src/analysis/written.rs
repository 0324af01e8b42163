//! What is known of a text that is put together at deployment, by `Fn::Sub` or `Fn::Join`.

use std::borrow::Cow;

use super::value::text;
use crate::desired::{Intrinsic, Value, ValueKind};

/// A part of a text: what is written, or `None` for what is decided at deployment.
pub type Part<'a> = Option<Cow<'a, str>>;

/// The parts of a text in their order; `None` when the value is a list or a map.
pub fn parts(value: &Value) -> Option<Vec<Part<'_>>> {
    match &value.kind {
        ValueKind::List(_) | ValueKind::Map(_) => None,
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => Some(substituted(text)),
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => Some(joined(argument)),
        _ => Some(vec![text(value)]),
    }
}

/// Whether nothing in a text is decided at deployment.
pub fn is_known(parts: &[Part<'_>]) -> bool {
    parts.iter().all(Option::is_some)
}

/// The text with a 0 for each part that is decided at deployment: that may stand in JSON within quotes and without.
pub fn filled(parts: &[Part<'_>]) -> String {
    parts.iter().map(|part| part.as_deref().unwrap_or("0")).collect()
}

/// The fewest characters that the text will have.
pub fn least_length(parts: &[Part<'_>]) -> usize {
    parts.iter().flatten().map(|part| part.chars().count()).sum()
}

/// What the text surely begins with.
pub fn beginning(parts: &[Part<'_>]) -> String {
    parts.iter().map_while(Option::as_deref).collect()
}

fn substituted(text: &str) -> Vec<Part<'_>> {
    if text.contains("{{resolve:") {
        return vec![None];
    }
    let mut pieces = text.split("${");
    let mut parts = vec![pieces.next().map(Cow::Borrowed)];
    for piece in pieces {
        match (piece.strip_prefix('!'), piece.split_once('}')) {
            (Some(literal), _) => parts.push(Some(Cow::Owned(format!("${{{literal}")))),
            (None, Some((_, rest))) => parts.extend([None, Some(Cow::Borrowed(rest))]),
            (None, None) => parts.push(None),
        }
    }
    parts
}

fn joined(argument: &Value) -> Vec<Part<'_>> {
    let ValueKind::List(halves) = &argument.kind else { return vec![None] };
    let [delimiter, Value { kind: ValueKind::List(items), .. }] = halves.as_slice() else { return vec![None] };
    let mut all = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            all.push(text(delimiter));
        }
        all.extend(parts(item).unwrap_or_else(|| vec![None]));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::generate::origin;

    #[test]
    fn what_is_put_together_is_known_in_part() {
        for (json, beginning_, length, whole) in [
            (json!("a::b"), "a::b", 4, true),
            (json!({ "Fn::Sub": "a::${B}.c${!d}" }), "a::", 9, false),
            (json!({ "Fn::Join": ["::", ["a", { "Ref": "B" }, "c"]] }), "a::", 6, false),
            (json!({ "Fn::Join": ["", ["a", "b"]] }), "ab", 2, true),
            (json!({ "Ref": "B" }), "", 0, false),
            (json!("{{resolve:ssm:a}}"), "", 0, false),
        ] {
            let value = Value::from_json(json, &origin());
            let parts = parts(&value).unwrap();
            assert_eq!(
                (beginning(&parts).as_str(), least_length(&parts), is_known(&parts)),
                (beginning_, length, whole)
            );
        }
        assert_eq!(parts(&Value::from_json(json!(["a"]), &origin())), None);
    }
}
