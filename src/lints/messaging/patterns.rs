//! Where event patterns stand, and what is in them.

use std::borrow::Cow;

use crate::analysis::System;
use crate::analysis::value::{alternatives, entries, look, text, text_at};
use crate::desired::{Value, ValueKind};

/// The event patterns of all rules, archives and events of SAM.
pub(super) fn patterns<'a>(system: &System<'a>) -> Vec<&'a Value> {
    let of = |resource_type: &str, properties: &'a Value| match resource_type {
        "AWS::Events::Rule" | "AWS::Events::Archive" => vec![look(properties, "/EventPattern")],
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            let events = look(properties, "/Events").found().map(entries).unwrap_or_default();
            let is_rule = |event: &Value| {
                matches!(text_at(event, "/Type").as_deref(), Some("EventBridgeRule" | "CloudWatchEvent"))
            };
            let rules = events.iter().filter(|(_, event)| is_rule(event));
            rules.map(|(_, event)| look(event, "/Properties/Pattern")).collect()
        }
        _ => Vec::new(),
    };
    let places = system.sites().flat_map(|site| of(&site.resource.resource_type, &site.resource.properties));
    places.filter_map(|place| place.found()).flat_map(alternatives).collect()
}

/// The pattern as a map, also one that is written as JSON text; why it is none. `None` when it is not known.
pub(super) fn read(value: &Value) -> Option<Result<Cow<'_, Value>, String>> {
    match &value.kind {
        ValueKind::Map(_) => Some(Ok(Cow::Borrowed(value))),
        ValueKind::Text(_) => {
            let text = text(value)?;
            let pattern = match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(json) if json.is_object() => Ok(Cow::Owned(Value::from_json(json, &value.origin))),
                Ok(_) => Err("the text is no JSON object".to_owned()),
                Err(error) => Err(format!("the text is no JSON: {error}")),
            };
            Some(pattern)
        }
        ValueKind::Intrinsic(_) => None,
        _ => Some(Err("it is no map of fields".to_owned())),
    }
}

/// The maps below `$or`, of which one must match; `None` for any other field.
pub(super) fn branches<'a>(key: &str, value: &'a Value) -> Option<&'a [Value]> {
    match &value.kind {
        ValueKind::List(items) if key == "$or" => {
            let are_maps = items.iter().all(|item| !matches!(item.kind, ValueKind::Text(_) | ValueKind::List(_)));
            (items.len() > 1 && are_maps).then_some(items)
        }
        _ => None,
    }
}
