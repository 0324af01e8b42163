//! What the language has at a place of the document, by its own schema.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::compile;

static DOCUMENT: LazyLock<Json> = LazyLock::new(compile::schema);

/// The parts of the schema that describe what stands at some keys.
pub struct Shape {
    alternatives: Vec<&'static Json>,
}

impl Shape {
    /// Of the value at these keys.
    pub fn at(path: &[String]) -> Self {
        let mut alternatives = expanded(&DOCUMENT);
        for step in path {
            alternatives = alternatives.iter().flat_map(|schema| inside(schema, step)).flat_map(expanded).collect();
        }
        Self { alternatives }
    }

    /// The words that may stand here.
    pub fn words(&self) -> Vec<String> {
        let all = self.alternatives.iter().filter_map(|schema| schema["enum"].as_array()).flatten();
        all.filter_map(Json::as_str).map(str::to_owned).collect()
    }

    /// The keys that may stand here.
    pub fn keys(&self) -> Vec<String> {
        let all = self.alternatives.iter().filter_map(|schema| schema["properties"].as_object());
        let mut keys: Vec<String> = all.flat_map(|properties| properties.keys().cloned()).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Values that the schema shows.
    pub fn examples(&self) -> Vec<Json> {
        self.alternatives.iter().filter_map(|schema| schema["examples"].as_array()).flatten().cloned().collect()
    }

    /// Whether a value of some type may stand here.
    pub fn is_of(&self, kind: &str) -> bool {
        self.alternatives.iter().any(|schema| match &schema["type"] {
            Json::Array(kinds) => kinds.iter().any(|known| known == kind),
            known => known == kind,
        })
    }

    /// Whether a mapping may stand here.
    pub fn is_mapping(&self) -> bool {
        self.alternatives.iter().any(|schema| schema["type"] == "object")
    }

    /// Whether a list may stand here.
    pub fn is_list(&self) -> bool {
        self.alternatives.iter().any(|schema| schema["type"] == "array")
    }
}

fn inside(schema: &'static Json, step: &str) -> Option<&'static Json> {
    if schema["type"] == "array" {
        return schema.get("items");
    }
    schema["properties"].get(step).or_else(|| schema.get("additionalProperties").filter(|inner| inner.is_object()))
}

/// A schema with what it refers to, and each of its alternatives.
fn expanded(schema: &'static Json) -> Vec<&'static Json> {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/")) {
        return expanded(&DOCUMENT["definitions"][name]);
    }
    let inner: Vec<&'static Json> =
        ["allOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten().collect();
    if inner.is_empty() { vec![schema] } else { inner.into_iter().flat_map(expanded).collect() }
}
