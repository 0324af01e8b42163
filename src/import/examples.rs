//! What the pages of the kinds show: ways to begin a thing that needs more than the schema asks for.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::shape::BESIDE;
use crate::compile;

/// So many examples of a section are tried.
const EXAMPLES: usize = 5;

/// The things of the pages' examples by section.
pub(super) fn things() -> BTreeMap<String, Vec<Json>> {
    let mut found: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for (_, example) in compile::examples() {
        let things: Vec<(String, String)> = example
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(section, things)| Some((section, things.as_object()?)))
            .flat_map(|(section, things)| things.keys().map(move |name| (section.clone(), name.clone())))
            .collect();
        for (section, name) in &things {
            let mut text = example[section][name].to_string();
            // The longer names first: one may begin with another.
            let mut others = things.clone();
            others.sort_by_key(|(_, name)| usize::MAX - name.len());
            for (other, name) in others {
                text = text.replace(&format!("{other}.{name}"), &format!("{other}.{BESIDE}"));
            }
            found.entry(section.clone()).or_default().extend(serde_json::from_str::<Json>(&text).ok());
        }
    }
    for examples in found.values_mut() {
        examples.retain(|example| example.is_object() || example.is_array());
        examples.sort_by_key(|example| example.to_string().len());
        examples.truncate(EXAMPLES);
    }
    found
}
