//! JSON Schema (draft-07) made from shapes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The named parts of a schema under construction.
#[derive(Debug, Default)]
pub struct Definitions {
    definitions: BTreeMap<&'static str, Value>,
    /// The type that each definition was made of.
    types: BTreeMap<&'static str, &'static str>,
    /// The sections that a document has; known where a module says what it takes.
    pub(super) sections: Vec<&'static str>,
}

impl Definitions {
    /// Refers to the definition `name` of the type `T`, which is built on first use.
    ///
    /// # Panics
    /// When another type has the same name: one of the two would be described as the other.
    pub fn define<T>(&mut self, name: &'static str, build: impl FnOnce(&mut Self) -> Value) -> Value {
        let of = std::any::type_name::<T>();
        let other = *self.types.entry(name).or_insert(of);
        assert!(other == of, "`{other}` and `{of}` are both described as `{name}`: give one of them another name");
        if !self.definitions.contains_key(name) {
            self.definitions.insert(name, Value::Null);
            let schema = build(self);
            self.definitions.insert(name, schema);
        }
        json!({ "$ref": format!("#/definitions/{name}") })
    }

    /// Allows one more key in every mapping that `schema` describes.
    pub(super) fn allow(&mut self, schema: &Value, key: &str, description: &str, value: Value) {
        if let Some(alternatives) = schema["anyOf"].as_array() {
            alternatives.iter().for_each(|it| self.allow(it, key, description, value.clone()));
        }
        let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/"));
        let definition = name.and_then(|name| self.definitions.get_mut(name));
        if let Some(properties) = definition.and_then(|it| it["properties"].as_object_mut()) {
            properties.insert(key.to_owned(), described(value, description));
        }
    }

    pub(super) fn into_value(self) -> Value {
        self.definitions.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect::<Map<_, _>>().into()
    }
}

/// A mapping with known keys: key, description, whether it must be there, schema.
pub fn object(description: &str, fields: Vec<(&'static str, &str, bool, Value)>, one_of: &[&'static str]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, description, is_required, schema) in fields {
        if is_required {
            required.push(key);
        }
        properties.insert(key.to_owned(), described(schema, description));
    }
    let mut schema = json!({
        "type": "object",
        "description": description.trim(),
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if !one_of.is_empty() {
        schema["oneOf"] = one_of.iter().map(|key| json!({ "required": [key] })).collect();
    }
    schema
}

/// Adds a description; beside `$ref` draft-07 ignores other keywords, so such a schema is wrapped.
fn described(schema: Value, description: &str) -> Value {
    let mut schema = if schema.get("$ref").is_some() { json!({ "allOf": [schema] }) } else { schema };
    schema["description"] = json!(description.trim());
    schema["markdownDescription"] = json!(description.trim());
    schema
}

/// A whole schema: its title and its root.
pub fn json_schema(title: &str, root: impl FnOnce(&mut Definitions) -> Value) -> Value {
    let mut definitions = Definitions::default();
    let root = root(&mut definitions);
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
    });
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, root) {
        schema.extend(root);
    }
    schema["definitions"] = definitions.into_value();
    schema
}

/// Lets an expression stand for every value inside of things, as in a module: what it stands for is known where the
/// module is used.
pub(super) fn or_expression(schema: &mut Value) {
    const NAME: &str = "ModuleExpression";
    let own = ["LocalCall", "GitCall", "Input", "Output", "WrittenTest"];
    for (name, definition) in schema["definitions"].as_object_mut().into_iter().flatten() {
        if !own.contains(&name.as_str()) {
            loosen(definition, NAME);
        }
    }
    schema["definitions"][NAME] = json!({
        "type": "string",
        "pattern": r"^modules\.[a-z0-9-]+\.[a-z0-9-]+$|\$\{\{",
        "description": "An expression, e.g. `${{ inputs.name }}`.",
    });
}

fn loosen(schema: &mut Value, expression: &str) {
    let Value::Object(map) = schema else { return };
    for key in ["anyOf", "allOf"] {
        map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().for_each(|it| loosen(it, expression));
    }
    let properties = map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    let mut inner: Vec<&mut Value> = properties.map(|(_, value)| value).collect();
    inner.iter_mut().for_each(|it| either(it, expression));
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(key).filter(|inner| inner.is_object()) {
            either(inner, expression);
        }
    }
}

/// The schema, or an expression; what editors show of it stays outside.
fn either(schema: &mut Value, expression: &str) {
    loosen(schema, expression);
    let Value::Object(mut map) = schema.take() else { return };
    let mut loose = Map::new();
    for key in ["description", "markdownDescription"] {
        loose.extend(map.shift_remove(key).map(|text| (key.to_owned(), text)));
    }
    let reference = json!({ "$ref": format!("#/definitions/{expression}") });
    loose.insert("anyOf".to_owned(), json!([Value::Object(map), reference]));
    *schema = Value::Object(loose);
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "are both described as `Mode`")]
    fn two_types_of_one_name_are_refused() {
        let mut definitions = Definitions::default();
        definitions.define::<u8>("Mode", |_| json!({ "enum": ["a"] }));
        definitions.define::<u16>("Mode", |_| json!({ "enum": ["b"] }));
    }
}
