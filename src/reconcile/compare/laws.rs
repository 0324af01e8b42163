//! What holds for every property of every type, tried on values that its own schema allows.

use serde_json::{Value as Json, json};

use super::*;
use crate::facts::resources;
use crate::facts::schema::{self, Schema, Shape};
use crate::reconcile::resolved::known;
use crate::reconcile::samples::stack;

/// Deeper parts are left out: some shapes hold themselves.
const DEEPEST: usize = 5;

/// Makes values that differ from each other.
#[derive(Default)]
struct Samples {
    made: usize,
}

impl Samples {
    /// A value that fits the shape at `pointer`; `None` where only deeper parts would.
    fn value(&mut self, schema: &Schema, shape: &Shape, pointer: &str, depth: usize) -> Option<Json> {
        self.made += 1;
        let number = self.made % 89 + 3;
        if let Some(word) = shape.values.get(self.made % shape.values.len().max(1)) {
            let read = if shape.types.text { None } else { serde_json::from_str(word).ok() };
            return Some(read.unwrap_or_else(|| json!(word)));
        }
        if let Some(items) = shape.items.filter(|_| depth < DEEPEST) {
            let items: Vec<Json> = (0..3)
                .filter_map(|_| self.value(schema, schema.shape(items), &format!("{pointer}/*"), depth + 1))
                .collect();
            let unique = items.iter().enumerate().filter(|(index, item)| !items[..*index].contains(item));
            return Some(unique.map(|(_, item)| item.clone()).collect());
        }
        let names: Vec<&str> = shape.names().collect();
        if !names.is_empty() && depth < DEEPEST {
            let mut map = serde_json::Map::new();
            for name in names {
                let pointer = format!("{pointer}/{}", escape(name));
                let below = schema.at(&pointer).filter(|_| schema.settable_at(&pointer));
                let value = below.and_then(|below| self.value(schema, below, &pointer, depth + 1));
                map.extend(value.map(|value| (name.to_owned(), value)));
            }
            return Some(map.into());
        }
        let types = shape.types;
        match (types.text, types.integer || types.number, types.boolean, types.map || types.list) {
            (_, _, _, true) if !shape.keys.is_empty() || types.text => {
                Some(json!({ "a": number.to_string(), "b": "c" }))
            }
            (_, _, _, true) => None,
            (_, true, ..) => Some(json!(number)),
            (false, _, true, _) => Some(json!(true)),
            _ => Some(json!(format!("text-{}", self.made))),
        }
    }
}

/// Each settable property of each type, with a value.
fn every_property(mut visit: impl FnMut(&'static str, &Rules, &str, &Json)) {
    let mut samples = Samples::default();
    for name in resources::names() {
        let (rules, schema) = (normalize::rules(name), schema::get(name).unwrap());
        for property in rules.settable("") {
            let shape = schema.at(&format!("/{property}")).unwrap();
            if let Some(value) = samples.value(schema, shape, &format!("/{property}"), 0) {
                visit(name, rules, property, &value);
            }
        }
    }
}

fn compared(rules: &Rules, property: &str, wanted: &Json, live: Option<&Json>) -> Compared {
    let origin = stack(&json!({}), &[]).deployments[0].origin.clone();
    let mut comparison = Comparison::without(rules, &[]);
    comparison.compare(&format!("/{property}"), property, &known(wanted, &origin), live);
    comparison.done()
}

/// Calls `change` for every value, the outermost first, with the pointer in which items are numbers.
fn each(value: &mut Json, pointer: &str, change: &mut dyn FnMut(&str, &mut Json)) {
    change(pointer, value);
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                each(item, &format!("{pointer}/{index}"), change);
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                each(item, &format!("{pointer}/{}", escape(key)), change);
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_equal_is_equal_and_wholly_accounted_for() {
    let mut tried = 0;
    every_property(|name, rules, property, value| {
        let Compared { differences, ledger, .. } = compared(rules, property, value, Some(value));
        assert!(differences.is_empty(), "{name}: {differences:#?}");
        assert!(!ledger.is_empty() || empty(value), "{name}/{property}: {value}");
        tried += 1;
    });
    assert!(tried > 700, "{tried}");
}

#[test]
fn what_means_nothing_is_no_difference() {
    every_property(|name, rules, property, value| {
        let (mut wanted, mut live) = (value.clone(), value.clone());
        each(&mut wanted, &format!("/{property}"), &mut |pointer, value| {
            if let Some(usual) = rules.usual(pointer).filter(|usual| !usual.is_object()) {
                *value = usual.clone();
            }
        });
        live.clone_from(&wanted);
        each(&mut live, &format!("/{property}"), &mut |pointer, value| {
            if let Json::Object(map) = value {
                map.retain(|key, value| rules.usual(&format!("{pointer}/{}", escape(key))) != Some(&*value));
            }
        });
        each(&mut live, &format!("/{property}"), &mut |pointer, value| match value {
            Json::Array(items) if rules.unordered(pointer) => items.reverse(),
            Json::Number(number) => *value = json!(number.to_string()),
            Json::Bool(flag) => *value = json!(flag.to_string()),
            Json::String(text) if rules.takes_any_case(pointer) => *value = json!(text.to_uppercase()),
            Json::String(text) if rules.takes_arn_or_id(pointer) => *value = json!(format!("arn:aws:a:b:c:d/{text}")),
            _ => {}
        });
        let Compared { differences, .. } = compared(rules, property, &wanted, Some(&live));
        assert!(differences.is_empty(), "{name}: {differences:#?}\n{wanted}\n{live}");
    });
}

#[test]
fn every_other_change_is_found_where_it_is() {
    let mut tried = 0;
    every_property(|name, rules, property, value| {
        let mut pointers = Vec::new();
        each(&mut value.clone(), "", &mut |pointer, value| {
            if !value.is_array() && !value.is_object() {
                pointers.push(pointer.to_owned());
            }
        });
        // Items of a list are alike.
        pointers.retain(|pointer| !pointer.split('/').any(|part| part == "1" || part == "2"));
        for pointer in pointers {
            let place = format!("/{property}{pointer}");
            let mut live = value.clone();
            let changed = live.pointer_mut(&pointer).unwrap();
            *changed = match &*changed {
                Json::Bool(flag) => json!(!flag),
                Json::Number(number) => json!(number.as_i64().unwrap_or(0) + 1),
                other => json!(format!("{}x", other.as_str().unwrap_or_default())),
            };
            let Compared { differences, unchecked, .. } = compared(rules, property, value, Some(&live));
            let masked = unchecked.iter().any(|left| place.starts_with(&left.pointer));
            let top = format!("/{property}");
            let below =
                differences.iter().all(|found| found.pointer == top || found.pointer.starts_with(&format!("{top}/")));
            assert!((masked || !differences.is_empty()) && below, "{name}{place}: {differences:#?}");
            tried += 1;
        }
    });
    assert!(tried > 2500, "{tried}");
}

#[test]
fn what_the_template_leaves_out_is_found_unless_aws_has_it_by_itself() {
    let mut found = 0;
    every_property(|name, rules, property, value| {
        let Json::Object(map) = value else { return };
        if property == "Tags" {
            return;
        }
        for key in map.keys() {
            let mut wanted = value.clone();
            wanted.as_object_mut().unwrap().remove(key);
            let place = format!("/{property}/{}", escape(key));
            let Compared { differences, ledger, .. } = compared(rules, property, &wanted, Some(value));
            let told = differences.iter().any(|found| found.pointer.starts_with(&place));
            let defaulted =
                ledger.iter().any(|entry| entry.pointer.starts_with(&place) && entry.state == State::Defaulted);
            assert!(told || defaulted, "{name}{place} is neither a difference nor a default");
            assert!(defaulted || !rules.computed(&place), "{name}{place}");
            found += usize::from(told);
        }
        let mut usual = false;
        each(&mut value.clone(), &format!("/{property}"), &mut |pointer, _| usual |= rules.usual(pointer).is_some());
        let Compared { differences, .. } = compared(rules, property, value, None);
        assert!(!differences.is_empty() || empty(value) || usual, "{name}/{property}");
    });
    assert!(found > 400, "{found}");
}

#[test]
fn one_item_more_and_one_less_are_found() {
    every_property(|name, rules, property, value| {
        let Json::Array(items) = value else { return };
        let place = format!("/{property}");
        if property == "Tags" || items.len() < 2 {
            return;
        }
        let fewer: Json = items[1..].to_vec().into();
        assert!(!compared(rules, property, value, Some(&fewer)).differences.is_empty(), "{name}{place}");
        assert!(!compared(rules, property, &fewer, Some(value)).differences.is_empty(), "{name}{place}");
        if !rules.unordered(&place) {
            let turned: Json = items.iter().rev().cloned().collect();
            assert!(!compared(rules, property, value, Some(&turned)).differences.is_empty(), "{name}{place}");
        }
    });
}
