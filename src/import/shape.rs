//! What may be written at a place of a document, read from its JSON Schema.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value as Json, json};

/// What names and texts begin with that are not known yet.
pub(super) const PROBE: &str = "probe";
/// Stands for a name that is not known yet.
pub(super) const NAME: &str = "probename";
/// Stands for a text that is not known yet.
pub(super) const TEXT: &str = "probetext";
/// All that stand for what is not known yet.
pub(super) const PLACEHOLDERS: [&str; 5] = [NAME, TEXT, "probe", "Probe", "PROBE"];
/// What a thing is called that only others need.
pub(super) const BESIDE: &str = "beside";

/// Alternatives inside alternatives, and records inside records, that are looked into.
const DEEPEST: usize = 8;

/// So many values are tried for a key that says what kind of thing it is.
const CHOICES: usize = 12;

/// The JSON Schema of documents.
pub(super) struct Schema(Json);

/// One way to write a value.
#[derive(Debug)]
pub(super) enum Form<'s> {
    Word(&'s Json),
    Boolean,
    Number {
        least: i64,
        most: i64,
    },
    Duration,
    Size,
    /// A thing of one of these sections; of any when there are none.
    Reference(Vec<&'s str>),
    Text {
        pattern: Option<&'s str>,
        example: Option<&'s str>,
    },
    List(&'s Json),
    /// Names and what stands under each.
    Map {
        name: Option<&'s str>,
        value: Option<&'s Json>,
    },
    Record(&'s Json),
}

impl Schema {
    pub(super) fn new() -> Self {
        Self(crate::compile::schema())
    }

    pub(super) fn root(&self) -> &Json {
        &self.0
    }

    /// The schema of a thing of this section.
    pub(super) fn thing(&self, section: &str) -> Option<&Json> {
        self.0["properties"][section].get("additionalProperties").filter(|schema| schema.is_object())
    }

    /// All ways to write what a schema describes, expressions left out.
    pub(super) fn forms<'s>(&'s self, schema: &'s Json) -> Vec<Form<'s>> {
        let mut forms = Vec::new();
        self.collect(schema, &mut forms, 0);
        forms
    }

    fn collect<'s>(&'s self, schema: &'s Json, forms: &mut Vec<Form<'s>>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/")) {
            return self.collect(&self.0["definitions"][name], forms, depth + 1);
        }
        for key in ["allOf", "anyOf"] {
            schema[key].as_array().into_iter().flatten().for_each(|it| self.collect(it, forms, depth + 1));
        }
        if let Some(words) = schema["enum"].as_array() {
            forms.extend(words.iter().map(Form::Word));
        }
        if let Some(word) = schema.get("const") {
            forms.push(Form::Word(word));
        }
        let kind = schema["type"].as_array().map_or(schema["type"].as_str(), |_| Some("string"));
        match kind {
            Some("boolean") => forms.push(Form::Boolean),
            Some("integer" | "number") => forms.push(Form::Number {
                least: schema["minimum"].as_i64().unwrap_or(0),
                most: schema["maximum"].as_i64().unwrap_or(i64::MAX),
            }),
            Some("string") if !schema["enum"].is_array() => forms.extend(text_forms(schema)),
            Some("array") => forms.push(Form::List(&schema["items"])),
            Some("object") if schema["properties"].is_object() => forms.push(Form::Record(schema)),
            Some("object") => forms.push(Form::Map {
                name: schema["propertyNames"]["pattern"].as_str(),
                value: schema.get("additionalProperties").filter(|value| value.is_object()),
            }),
            _ => {}
        }
    }

    /// The record that fits a mapping best.
    pub(super) fn record<'s>(&'s self, schema: &'s Json, value: &Map<String, Json>) -> Option<&'s Json> {
        let records = self.forms(schema).into_iter().filter_map(|form| match form {
            Form::Record(record) => Some(record),
            _ => None,
        });
        let fits = |record: &&Json| value.keys().all(|key| record["properties"].get(key).is_some());
        records.filter(fits).find(|record| {
            let required = record["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
            required.into_iter().all(|key| value.contains_key(key))
        })
    }

    /// The schema under a key of a mapping.
    pub(super) fn under<'s>(&'s self, schema: &'s Json, value: &Map<String, Json>, key: &str) -> Option<&'s Json> {
        if let Some(record) = self.record(schema, value) {
            return record["properties"].get(key);
        }
        self.forms(schema).into_iter().find_map(|form| match form {
            Form::Map { value, .. } => value,
            _ => None,
        })
    }

    /// The least that may be written, in every form, with names and texts that mean nothing. `things` are the paths of
    /// the things that there are.
    pub(super) fn least(&self, schema: &Json, things: &[String]) -> Vec<Json> {
        self.least_below(schema, things, 0)
    }

    fn least_below(&self, schema: &Json, things: &[String], depth: usize) -> Vec<Json> {
        if depth > DEEPEST {
            return Vec::new();
        }
        let forms = self.forms(schema);
        // One item needs no list where it may stand alone.
        let alone = forms.iter().any(|form| matches!(form, Form::Reference(_) | Form::Text { .. } | Form::Word(_)));
        let forms = forms.iter().filter(|form| !alone || !matches!(form, Form::List(_)));
        forms.flat_map(|form| self.least_of(form, things, depth)).collect()
    }

    fn least_of(&self, form: &Form<'_>, things: &[String], depth: usize) -> Vec<Json> {
        match form {
            Form::Word(word) => vec![(*word).clone()],
            Form::Boolean => vec![json!(true), json!(false)],
            Form::Number { least, most } => vec![json!(7.max(*least).min(*most))],
            Form::Duration => vec![json!("7d")],
            Form::Size => vec![json!("7GiB")],
            Form::Reference(sections) => reference(sections, things).into_iter().map(Json::from).collect(),
            Form::Text { pattern, example } => text(*pattern, *example).into_iter().collect(),
            Form::List(items) => {
                self.least_below(items, things, depth + 1).into_iter().map(|item| json!([item])).collect()
            }
            Form::Map { name, value } => {
                let name = match name {
                    Some(pattern) if !fits(pattern, NAME) => ["PROBE", "Probe", "probe", "GET /probe"]
                        .into_iter()
                        .find(|word| fits(pattern, word))
                        .unwrap_or(NAME),
                    _ => NAME,
                };
                let values = match value {
                    Some(value) => self.least_below(value, things, depth + 1),
                    None => vec![json!(TEXT)],
                };
                values.into_iter().map(|value| json!({ name: value })).collect()
            }
            Form::Record(record) => self.least_records(record, things, depth),
        }
    }

    fn least_records(&self, record: &Json, things: &[String], depth: usize) -> Vec<Json> {
        let words = |list: &Json| -> Vec<String> {
            list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let required = words(&record["required"]);
        let choices: Vec<Vec<String>> = match record["oneOf"].as_array() {
            Some(choices) => choices.iter().map(|choice| words(&choice["required"])).collect(),
            None => vec![Vec::new()],
        };
        let mut found = Vec::new();
        'choices: for choice in choices {
            let mut variants = vec![Map::new()];
            for key in required.iter().chain(&choice) {
                let values = self.least_below(&record["properties"][key], things, depth + 1);
                if values.is_empty() {
                    continue 'choices;
                }
                // The kinds of mappings are told apart at once; what is simple is improved later.
                let count = if choice.contains(key) { CHOICES } else { 1 };
                let with = |(variant, value): (&Map<String, Json>, &Json)| {
                    let mut variant = variant.clone();
                    variant.insert(key.clone(), value.clone());
                    variant
                };
                let pairs = values.iter().take(count).flat_map(|value| variants.iter().map(move |it| (it, value)));
                variants = pairs.map(with).collect();
            }
            // A mapping without keys says nothing, and is refused below a thing.
            if depth > 0 && variants.iter().all(Map::is_empty) {
                variants.clear();
                for (key, schema) in record["properties"].as_object().into_iter().flatten() {
                    let first = self.least_below(schema, things, depth + 1).into_iter().next();
                    variants.extend(first.map(|value| Map::from_iter([(key.clone(), value)])));
                }
            }
            found.extend(variants.into_iter().map(Json::Object));
        }
        found
    }
}

/// The things that a reference may name; of the sections that it allows, one that is yet to be made when there is none.
fn reference(sections: &[&str], things: &[String]) -> Vec<String> {
    let allowed = |path: &&String| sections.is_empty() || sections.iter().any(|section| is_of(path, section));
    let mut found: Vec<String> = things.iter().filter(allowed).cloned().collect();
    let missing = sections.iter().filter(|section| **section != "environments" && **section != "params");
    found.extend(missing.map(|section| format!("{section}.{BESIDE}")));
    found.dedup();
    found
}

pub(super) fn is_of(path: &str, section: &str) -> bool {
    path.split_once('.').is_some_and(|(own, _)| own == section)
}

fn text(pattern: Option<&str>, example: Option<&str>) -> Option<Json> {
    match (pattern, example) {
        (Some(pattern), _) if fits(pattern, TEXT) => Some(json!(TEXT)),
        (Some(_), Some(example)) | (None, Some(example)) => Some(json!(example)),
        (Some(_), None) => None,
        (None, None) => Some(json!(TEXT)),
    }
}

/// Whether a text fits a pattern of the schema.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    may_fit(pattern, text) == Some(true)
}

/// Whether a text fits; `None` of a pattern that cannot be read here.
pub(super) fn may_fit(pattern: &str, text: &str) -> Option<bool> {
    thread_local! {
        static READ: RefCell<BTreeMap<String, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
    }
    READ.with_borrow_mut(|read| {
        let regex = read.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok());
        regex.as_ref().map(|regex| regex.is_match(text))
    })
}

fn text_forms(schema: &Json) -> Vec<Form<'_>> {
    let pattern = schema["pattern"].as_str();
    let example = schema["examples"][0].as_str();
    let Some(pattern) = pattern else { return vec![Form::Text { pattern: None, example }] };
    if pattern.starts_with(r"^\$\{\{") {
        return Vec::new();
    }
    if pattern.ends_with("[smhd]$") {
        return vec![Form::Duration];
    }
    if pattern.ends_with("iB$") {
        return vec![Form::Size];
    }
    if pattern.starts_with("^(([a-z]+)") {
        return vec![Form::Reference(Vec::new())];
    }
    if let Some((sections, rest)) = pattern.strip_prefix("^((").and_then(|rest| rest.split_once(r")\.[a-z0-9-]+")) {
        let mut forms = vec![Form::Reference(sections.split('|').collect())];
        if rest.contains("$|^") {
            forms.push(Form::Text { pattern: Some(pattern), example: None });
        }
        return forms;
    }
    vec![Form::Text { pattern: Some(pattern), example }]
}
