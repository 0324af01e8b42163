//! The JSON Schema and the decoder accept and refuse the same documents.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use tidegate::compile;
use tidegate::source::SourceFile;
use tidegate::syntax::{self, Node, PlainKind, Value};

use crate::support::{bless, blocks, document, root, specs};

/// What JSON Schema sees of a YAML document.
fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            entries.iter().map(|entry| (entry.key.text.clone(), to_json(&entry.value))).collect::<Map<_, _>>().into()
        }
        Value::Scalar(scalar) => match scalar.kind() {
            PlainKind::Text => json!(scalar.text),
            PlainKind::Boolean(value) => json!(value),
            PlainKind::Integer(value) => json!(value),
            PlainKind::Float(value) => json!(value),
        },
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&compile::schema()).expect("the schema is a schema")
}

/// Whether decoding, and nothing later, has something to say.
fn decoder_accepts(text: &str) -> bool {
    let diagnostics = compile::check(&document(text)).diagnostics;
    !diagnostics
        .iter()
        .any(|diagnostic| diagnostic.rule.name.starts_with("spec/") || diagnostic.rule.name.starts_with("yaml/"))
}

#[track_caller]
fn assert_agreement(validator: &jsonschema::Validator, text: &str) {
    let parsed = syntax::parse(&SourceFile::new("pipeline.yaml", text));
    if !parsed.diagnostics.is_empty() {
        return;
    }
    let json = to_json(&parsed.root);
    let errors: Vec<_> =
        validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    let findings = compile::check(&document(text)).diagnostics;
    assert_eq!(errors.is_empty(), decoder_accepts(text), "schema: {errors:#?}\ndecoder: {findings:#?}\n{text}");
}

/// The documents of this repository, and the examples of all rules.
fn documents() -> Vec<String> {
    let specs = specs().into_iter().map(|path| fs::read_to_string(path).expect("a document can be read"));
    let rules = compile::rules().flat_map(|rule| {
        blocks(rule.page, "yaml refused").into_iter().chain(blocks(rule.page, "yaml accepted")).map(str::to_owned)
    });
    specs.chain(rules).collect()
}

#[test]
fn the_committed_schema_is_the_one_of_the_decoder() {
    let committed = fs::read_to_string(root().join("schema/pipeline.schema.json")).expect("the schema is committed");
    let fresh = format!("{:#}\n", compile::schema());
    assert!(committed == fresh, "run `cargo run -- schema > schema/pipeline.schema.json` and read the difference");
}

#[test]
fn the_committed_schema_of_modules_is_the_one_of_the_decoder() {
    let path = root().join("schema/module.schema.json");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    bless(&path, &committed, &format!("{:#}\n", compile::module_schema()));
}

#[test]
fn the_committed_schema_of_policies_is_the_one_of_the_decoder() {
    let path = root().join("schema/policy.schema.json");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    bless(&path, &committed, &format!("{:#}\n", tidegate::policy::schema()));
}

#[test]
fn the_schema_of_modules_accepts_what_the_decoder_accepts() {
    let validator = jsonschema::draft7::new(&compile::module_schema()).expect("the schema is a schema");
    let folder = fs::read_dir(root().join("specs/serverless-data-lake/modules")).expect("modules");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut modules: Vec<String> = files.map(|path| fs::read_to_string(path).expect("a module")).collect();
    for rule in compile::rules() {
        let infos = rule.page.lines().filter_map(|line| line.strip_prefix("```yaml accepted"));
        let infos: BTreeSet<String> = infos.map(|rest| format!("yaml accepted{rest}")).collect();
        modules.extend(infos.iter().flat_map(|info| blocks(rule.page, info)).map(str::to_owned));
    }
    modules.retain(|text| text.contains("tidegate-module: 1"));
    assert!(modules.len() > 8, "only {} modules", modules.len());
    for text in modules {
        let json = to_json(&syntax::parse(&SourceFile::new("module.yaml", text.as_str())).root);
        let errors: Vec<_> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{text}");
    }
    for wrong in [
        json!({ "description": "No version." }),
        json!({ "tidegate-module": 1, "description": "A name of its own.", "name": "a" }),
        json!({ "tidegate-module": 1, "description": "An unknown type.", "inputs": { "a": { "type": "words", "description": "A." } } }),
        json!({ "tidegate-module": 1, "description": "An unknown key.", "queues": { "a": { "hiden": "5m" } } }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn schema_and_decoder_agree_on_all_documents() {
    let validator = validator();
    let documents = documents();
    assert!(documents.len() > 40, "only {} documents", documents.len());
    for text in documents {
        assert_agreement(&validator, &text);
    }
}

/// Another value at one place of a document, or a key less, or a key more.
fn mutate(json: &mut Json, place: &mut usize, change: usize) -> bool {
    let replacements = [
        Json::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(-3),
        json!(1.5),
        json!(""),
        json!("text"),
        json!("24h"),
        json!("512MiB"),
        json!("streams.trips"),
        json!("${{ params.x }}"),
        json!([]),
        json!({}),
        json!(["a"]),
        json!({ "a": 1 }),
        json!("111122223333"),
        json!(17),
        json!("us-east-1"),
        json!("provisioned"),
        json!([1, 2]),
        json!("builds.taxi-jar"),
    ];
    if *place == 0 {
        match (change % (replacements.len() + 2), &mut *json) {
            (0, Json::Object(map)) => {
                let key = map.keys().next().cloned();
                key.map(|key| map.shift_remove(&key));
            }
            (1, Json::Object(map)) => {
                map.insert("surplus".to_owned(), json!(1));
            }
            (index, json) => *json = replacements[index % replacements.len()].clone(),
        }
        return true;
    }
    *place -= 1;
    match json {
        Json::Object(map) => map.values_mut().any(|value| mutate(value, place, change)),
        Json::Array(items) => items.iter_mut().any(|value| mutate(value, place, change)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_decoder_agree_on_damaged_documents(
        which in any::<prop::sample::Index>(), place in 0usize..120, change in any::<usize>(),
    ) {
        thread_local! {
            static VALIDATOR: jsonschema::Validator = validator();
            static DOCUMENTS: Vec<String> = documents();
        }
        let text = DOCUMENTS.with(|documents| which.get(documents).clone());
        let mut json = to_json(&syntax::parse(&SourceFile::new("pipeline.yaml", text)).root);
        let mut place = place;
        mutate(&mut json, &mut place, change);
        VALIDATOR.with(|validator| assert_agreement(validator, &json.to_string()));
    }
}
