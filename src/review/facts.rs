//! What changes of properties mean: data, each with its source.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::{Direction, Effect, EffectKind, shown};

static CHANGES: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("changes.json")).unwrap_or_default());

fn rules() -> impl Iterator<Item = &'static Json> {
    CHANGES["rules"].as_array().into_iter().flatten()
}

/// When the facts were read.
pub(super) fn date() -> &'static str {
    CHANGES["date"].as_str().unwrap_or_default()
}

/// What the change from one state of the properties to the other means.
pub(super) fn effects(resource_type: &str, before: &Json, after: &Json) -> Vec<Effect> {
    let rules = rules().filter(|rule| rule["type"] == resource_type);
    rules.filter_map(|rule| effect(rule, before, after)).collect()
}

fn effect(rule: &'static Json, before: &Json, after: &Json) -> Option<Effect> {
    let pointer = rule["property"].as_str()?;
    let default = rule.get("default");
    let (was, is) = (before.pointer(pointer).or(default), after.pointer(pointer).or(default));
    if was.map(text) == is.map(text) {
        return None;
    }
    let numbers = number(was).zip(number(is));
    let value = rule.get("value").map(text);
    let due = match rule["when"].as_str() {
        Some("increase") => numbers.is_some_and(|(was, is)| is > was),
        Some("decrease") => numbers.is_some_and(|(was, is)| is < was),
        Some("added") => was.is_none(),
        Some("to") => is.map(text) == value,
        Some("from") => was.map(text) == value,
        _ => true,
    };
    if !due {
        return None;
    }
    let kind = match rule["effect"].as_str()? {
        "one-way" => EffectKind::OneWay,
        "data" => EffectKind::DataLoss,
        "interruption" => EffectKind::Interruption,
        "permission" => EffectKind::Permission,
        _ => EffectKind::Cost(direction(numbers, rule["inverse"] == true)),
    };
    let text = match (kind, rule["text"].as_str()) {
        (EffectKind::Cost(direction), _) => {
            format!("{}: {} → {}, {}", shown(pointer), value_of(was), value_of(is), direction.words())
        }
        (_, Some(text)) if rule["unverified"] == true => format!("probably: {text}"),
        (_, text) => text.unwrap_or_default().to_owned(),
    };
    Some(Effect { kind, text, pointer: pointer.to_owned(), source: rule["source"].as_str() })
}

fn direction(numbers: Option<(f64, f64)>, inverse: bool) -> Direction {
    match numbers {
        Some((was, is)) if (is > was) != inverse => Direction::Up,
        Some(_) => Direction::Down,
        None => Direction::Unknown,
    }
}

/// Whether a resource of the type is paid for by the hour.
pub(super) fn standing(resource_type: &str, direction: Direction) -> Option<Effect> {
    let standing = &CHANGES["standing"];
    let listed = standing["types"].as_array().is_some_and(|types| types.iter().any(|name| name == resource_type));
    listed.then(|| Effect {
        kind: EffectKind::Cost(direction),
        text: format!("is paid for by the hour: {}", direction.words()),
        pointer: String::new(),
        source: standing["source"].as_str(),
    })
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn value_of(value: Option<&Json>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Json::Object(_) | Json::Array(_)) => "other settings".to_owned(),
        Some(value) => text(value),
    }
}

fn number(value: Option<&Json>) -> Option<f64> {
    text(value?).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::schema;

    #[test]
    fn every_rule_is_of_a_property_that_exists_and_says_where_it_is_from() {
        assert!(rules().count() > 60);
        assert_eq!(date().len(), 10);
        for rule in rules() {
            let (name, pointer) = (rule["type"].as_str().unwrap(), rule["property"].as_str().unwrap());
            assert!(rule["source"].as_str().is_some_and(|source| source.len() > 8), "{rule}");
            let effect = rule["effect"].as_str().unwrap();
            assert_eq!(rule["text"].is_string(), effect != "cost", "{rule}");
            assert!(["one-way", "data", "interruption", "permission", "cost"].contains(&effect), "{rule}");
            let needs_value = matches!(rule["when"].as_str(), Some("to" | "from"));
            assert_eq!(rule.get("value").is_some(), needs_value, "{rule}");
            let schema = schema::get(name).unwrap_or_else(|| panic!("{name}"));
            // A shape with alternatives has no single place for what is below it.
            let names = crate::facts::resources::get(name).map(|facts| facts.names.as_slice()).unwrap_or_default();
            let named = pointer[1..].split('/').all(|part| names.iter().any(|name| name == part));
            assert!(named || schema.at(pointer).is_some(), "{name} has no {pointer}");
        }
    }
}
