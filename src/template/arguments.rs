//! What each function takes.

use crate::desired::{Value, ValueKind};

/// What a function takes that was given another argument, and an example; `None` when the argument may be right.
pub(super) fn wanted(name: &str, argument: &Value, extensions: bool) -> Option<(&'static str, &'static str)> {
    let list = match &argument.kind {
        ValueKind::List(parts) => Some(parts.as_slice()),
        _ => None,
    };
    let count = |least: usize, most: usize| list.is_some_and(|parts| (least..=most).contains(&parts.len()));
    let fits = match name {
        "Ref" => extensions && is_computed(argument),
        // Those that are right were lifted to references; what a macro makes, nobody knows.
        "Fn::Sub" => is_computed(argument) || list.is_some_and(|parts| parts.first().is_some_and(is_computed)),
        "Fn::GetAtt" => matches!(list, Some([id, attribute])
            if (is_scalar(id) || extensions && is_computed(id)) && (is_scalar(attribute) || is_computed(attribute))),
        "Fn::Join" => matches!(list, Some([delimiter, items]) if is_scalar(delimiter) && is_many(items)),
        "Fn::Split" => matches!(list, Some([delimiter, text]) if is_scalar(delimiter) && is_one(text)),
        "Fn::Select" => matches!(list, Some([index, items]) if is_index(index, items) && is_many(items)),
        "Fn::If" => matches!(list, Some([condition, _, _]) if is_scalar(condition)),
        "Fn::FindInMap" => match list {
            Some([map, top, second]) => [map, top, second].into_iter().all(is_one),
            Some([map, top, second, default]) => {
                [map, top, second].into_iter().all(is_one) && default.get("DefaultValue").is_some()
            }
            _ => false,
        },
        "Fn::Equals" => count(2, 2),
        "Fn::And" | "Fn::Or" => count(2, 10),
        "Fn::Not" => count(1, 1),
        "Fn::Cidr" => count(2, 3),
        "Fn::Base64" | "Fn::GetAZs" | "Fn::ImportValue" => is_one(argument),
        "Fn::Length" => is_many(argument),
        "Fn::ToJsonString" => !is_scalar(argument),
        "Fn::GetStackOutput" => argument.get("StackName").is_some() && argument.get("OutputName").is_some(),
        "Fn::Transform" => {
            let is_macro = |value: &Value| value.get("Name").is_some() || is_computed(value);
            list.map_or_else(|| is_macro(argument), |parts| parts.iter().all(is_macro))
        }
        _ => true,
    };
    if fits { None } else { Some(shape(name)) }
}

fn shape(name: &str) -> (&'static str, &'static str) {
    match name {
        "Ref" => ("the logical id of a resource, or the name of a parameter", "`!Ref Trips`"),
        "Fn::Sub" => ("a text, or a list of a text and a mapping from names to values", "`!Sub '${Trips}-copy'`"),
        "Fn::GetAtt" => ("a logical id and an attribute", "`!GetAtt Trips.Arn`"),
        "Fn::Join" => ("a list of a delimiter and a list", "`!Join [',', [a, b]]`"),
        "Fn::Split" => ("a list of a delimiter and a text", "`!Split [',', 'a,b']`"),
        "Fn::Select" => ("a list of an index within the list, from 0 on, and the list", "`!Select [0, [a, b]]`"),
        "Fn::If" => ("a list of the name of a condition and two values", "`!If [IsProd, 2, 1]`"),
        "Fn::FindInMap" => ("a list of the name of a mapping and two keys", "`!FindInMap [Sizes, prod, Shards]`"),
        "Fn::Equals" => ("a list of two values", "`!Equals [!Ref Stage, prod]`"),
        "Fn::And" => ("a list of two to ten conditions", "`!And [!Condition A, !Condition B]`"),
        "Fn::Or" => ("a list of two to ten conditions", "`!Or [!Condition A, !Condition B]`"),
        "Fn::Not" => ("a list of one condition", "`!Not [!Condition A]`"),
        "Fn::Cidr" => ("a list of a block, a count and the bits of each", "`!Cidr [10.0.0.0/16, 4, 8]`"),
        "Fn::Base64" => ("a text", "`Fn::Base64: !Sub '…'`"),
        "Fn::GetAZs" => ("the name of a Region", "`!GetAZs ''`"),
        "Fn::ImportValue" => ("the name of an export", "`!ImportValue trips-stream-arn`"),
        "Fn::Length" => ("a list", "`!Length [a, b]`"),
        "Fn::ToJsonString" => ("a list or a mapping", "`!ToJsonString {a: 1}`"),
        "Fn::GetStackOutput" => ("`StackName` and `OutputName`", "`!GetStackOutput {StackName: a, OutputName: B}`"),
        _ => ("`Name` and `Parameters`", "`!Transform {Name: M, Parameters: {}}`"),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value.kind, ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Intrinsic(_))
}

fn is_computed(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Intrinsic(_))
}

/// One value and no list, or not known.
fn is_one(value: &Value) -> bool {
    is_scalar(value) || is_computed(value)
}

/// A list, or not known.
fn is_many(value: &Value) -> bool {
    matches!(value.kind, ValueKind::List(_)) || is_computed(value)
}

/// Whether there can be an item of this index.
fn is_index(index: &Value, items: &Value) -> bool {
    let index = match &index.kind {
        ValueKind::Integer(index) => *index,
        ValueKind::Text(text) => match text.trim().parse() {
            Ok(index) => index,
            Err(_) => return false,
        },
        _ => return is_computed(index),
    };
    match &items.kind {
        ValueKind::List(items) => usize::try_from(index).is_ok_and(|index| index < items.len()),
        _ => index >= 0,
    }
}
