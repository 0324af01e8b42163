//! The document as text.

use serde_json::{Map, Value as Json};

use super::place::Place;
use super::trial::{Bench, each_text};
use crate::artifact::yaml;
use crate::desired::{Origin, Value, ValueKind};
use crate::source::{SourceFile, Span};

/// Takes out what nothing uses: params, and things that were there only to be named.
pub(super) fn tidy(bench: &Bench, document: &mut Json) {
    loop {
        let made = bench.compile(document);
        let mut text = String::new();
        each_text(document, &mut |part| {
            text.push_str(part);
            text.push('\n');
        });
        let named = bench.named(&text);
        let own = |thing: &String| made.things.values().any(|other| other == thing);
        let things = bench.things(document).into_iter();
        let idle = things.filter(|thing| !thing.starts_with("environments.")).find(|it| !own(it) && !named.contains(it));
        let Some((section, name)) = idle.as_ref().and_then(|thing| thing.split_once('.')) else { break };
        Place::of(&[section, name]).remove(document, 0);
    }
    let mut text = String::new();
    each_text(document, &mut |part| {
        text.push_str(part);
        text.push('\n');
    });
    let params: Vec<String> = document["params"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    for param in params.iter().filter(|param| !text.contains(&format!("{{{{ params.{param} }}}}"))) {
        Place::of(&["params", param]).remove(document, 0);
        let environments: Vec<String> =
            document["environments"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
        for environment in environments {
            Place::of(&["environments", &environment, "params", param]).remove(document, 2);
        }
    }
}

/// Prints a document, with a blank line above each part.
pub(super) fn print(document: &Json) -> String {
    let file = SourceFile::new("", "");
    let origin = Origin::authored(&Span::start_of(&file));
    let mut text = String::new();
    for (key, part) in document.as_object().into_iter().flatten() {
        if part.is_object() || part.is_array() {
            text.push('\n');
        }
        let part = Value::map(&origin).with(key.as_str(), value(part, &origin));
        text.push_str(&yaml::print(&part, None).text);
    }
    text
}

/// Not a template: what looks like a function is none.
fn value(json: &Json, origin: &Origin) -> Value {
    let kind = match json {
        Json::Array(items) => ValueKind::List(items.iter().map(|item| value(item, origin)).collect()),
        Json::Object(entries) => {
            ValueKind::Map(entries.iter().map(|(key, item)| (key.clone(), value(item, origin))).collect())
        }
        other => return Value::from_json(other.clone(), origin),
    };
    Value::new(kind, origin)
}
