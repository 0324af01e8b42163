//! What does not count as a difference, as data per resource type.
//!
//! Patterns are JSON pointers below the properties, in which `*` stands for any one part.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::substitute;
use crate::facts::equalities::{self, Equalities};
use crate::facts::resources;
use crate::facts::schema::{self, Schema};

/// What schemas do not say, by service, each with source and date.
const ROWS: &[&str] = &[
    include_str!("rows/cloudwatch.json"),
    include_str!("rows/codebuild.json"),
    include_str!("rows/codepipeline.json"),
    include_str!("rows/dynamodb.json"),
    include_str!("rows/ec2.json"),
    include_str!("rows/emr.json"),
    include_str!("rows/events.json"),
    include_str!("rows/firehose.json"),
    include_str!("rows/flink.json"),
    include_str!("rows/glue.json"),
    include_str!("rows/iam.json"),
    include_str!("rows/kinesis.json"),
    include_str!("rows/kms.json"),
    include_str!("rows/lambda.json"),
    include_str!("rows/lambda-mappings.json"),
    include_str!("rows/msk.json"),
    include_str!("rows/redshift.json"),
    include_str!("rows/s3.json"),
    include_str!("rows/sns-sqs.json"),
    include_str!("rows/ssm.json"),
    include_str!("rows/stepfunctions.json"),
    // What a service's own rows say goes first.
    include_str!("rows/filled-in.json"),
];

/// The exceptions of one resource type.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// What AWS has where the template says nothing.
    defaults: Vec<(String, Json)>,
    /// What AWS chooses where the template says nothing; any value is right.
    computed: Vec<String>,
    /// Lists whose items are the same thing when this key is equal.
    identity: Vec<(String, String)>,
    /// Lists whose order has no meaning.
    unordered: Vec<String>,
    /// Texts that hold JSON.
    json_text: Vec<String>,
    /// Values that AWS hides in its answers.
    masked: Vec<String>,
    /// Values that may be an ARN on one side and the last part of it on the other.
    arn_or_id: Vec<String>,
    /// Texts whose case says nothing.
    any_case: Vec<String>,
    /// Words that mean the same, by pointer.
    synonyms: Vec<(String, Vec<Vec<String>>)>,
    /// Content that is told by its digest.
    digest: Vec<String>,
    /// What a reader returns although the registry says that AWS never does.
    returned: Vec<String>,
    resource_type: String,
}

static RULES: LazyLock<IndexMap<String, Rules>> = LazyLock::new(|| {
    let mut rules: IndexMap<String, Rules> = IndexMap::new();
    for rows in ROWS {
        let json: Json = serde_json::from_str(rows).unwrap_or_default();
        for (name, entry) in json["types"].as_object().into_iter().flatten() {
            rules.entry(name.clone()).or_default().add(Rules::read(entry));
        }
    }
    for name in resources::names() {
        let rules = rules.entry(name.to_owned()).or_default();
        rules.resource_type = name.to_owned();
        rules.take(equalities::get(name));
        rules.unordered.extend(resources::get(name).into_iter().flat_map(|facts| facts.unordered.iter().cloned()));
    }
    rules
});

static NONE: LazyLock<Rules> = LazyLock::new(Rules::default);

/// The exceptions of a type; none for an unknown one.
pub(super) fn rules(resource_type: &str) -> &'static Rules {
    RULES.get(resource_type).unwrap_or(&NONE)
}

impl Rules {
    fn read(entry: &Json) -> Self {
        let list = |key: &str| -> Vec<String> {
            entry[key].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let texts = |key: &str| -> Vec<(String, String)> {
            let map = entry[key].as_object().into_iter().flatten();
            map.map(|(pattern, text)| (pattern.clone(), substitute::text(text))).collect()
        };
        let defaults = entry["defaults"].as_object().into_iter().flatten();
        let synonyms = entry["synonyms"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(pattern, words)| (pattern.clone(), serde_json::from_value(words.clone()).unwrap_or_default()));
        Self {
            defaults: defaults.map(|(pattern, value)| (pattern.clone(), value.clone())).collect(),
            computed: list("computed"),
            identity: texts("identity"),
            unordered: list("unordered"),
            json_text: list("json_text"),
            masked: list("masked"),
            arn_or_id: list("arn_or_id"),
            any_case: list("any_case"),
            synonyms: synonyms.collect(),
            digest: list("digest"),
            returned: list("returned"),
            resource_type: String::new(),
        }
    }

    pub(super) fn usual(&self, pointer: &str) -> Option<&Json> {
        self.defaults.iter().find(|(pattern, _)| matches(pattern, pointer)).map(|(_, value)| value)
    }

    /// Adds the rows of another file.
    fn add(&mut self, more: Self) {
        let Self { defaults, computed, identity, unordered, json_text, masked, arn_or_id, .. } = more;
        self.defaults.extend(defaults);
        self.computed.extend(computed);
        self.identity.extend(identity);
        self.unordered.extend(unordered);
        self.json_text.extend(json_text);
        self.masked.extend(masked);
        self.arn_or_id.extend(arn_or_id);
        self.any_case.extend(more.any_case);
        self.synonyms.extend(more.synonyms);
        self.digest.extend(more.digest);
        self.returned.extend(more.returned);
    }

    /// Adds what the schema says; what stands in a row by hand goes first.
    fn take(&mut self, schema: Option<&Equalities>) {
        let Some(schema) = schema else { return };
        self.defaults.extend(schema.defaults.iter().cloned());
        self.any_case.extend(schema.any_case.iter().cloned());
        self.arn_or_id.extend(schema.arn_or_id.iter().cloned());
        self.unordered.extend(schema.sets.iter().cloned());
    }

    fn schema(&self) -> Option<&'static Schema> {
        schema::get(&self.resource_type)
    }

    /// Whether a template could say something at `pointer`. Services answer with more than that.
    pub(super) fn declarable(&self, pointer: &str) -> bool {
        self.schema().is_none_or(|schema| schema.settable_at(pointer))
    }

    /// The names of the properties that a template could set in the map at `pointer`.
    pub(super) fn settable(&self, pointer: &str) -> impl Iterator<Item = &'static str> {
        let schema = self.schema();
        let names = schema.and_then(|schema| schema.at(pointer)).into_iter().flat_map(|shape| shape.names());
        let pointer = pointer.to_owned();
        names.filter(move |name| schema.is_some_and(|schema| schema.settable_at(&format!("{pointer}/{name}"))))
    }

    /// AWS never returns what is at `pointer`, and no reader finds it out otherwise.
    pub(super) fn write_only(&self, pointer: &str) -> bool {
        let never = self.schema().is_some_and(|schema| resources::covers(&schema.write_only, pointer));
        never && !resources::covers(&self.returned, pointer)
    }

    /// Whether what is at `pointer` may be a document or a text that holds it.
    pub(super) fn document(&self, pointer: &str) -> bool {
        let shape = self.schema().and_then(|schema| schema.at(pointer));
        any(&self.json_text, pointer) || shape.is_some_and(|shape| shape.types.text && shape.types.map)
    }

    /// Whether a key is asked for by an alias, and answered by something else.
    pub(super) fn named_otherwise(&self, pointer: &str, wanted: &Json, live: &Json) -> bool {
        let alias =
            |value: &Json| value.as_str().is_some_and(|name| name.split([':', '/']).any(|part| part == "alias"));
        self.takes_arn_or_id(pointer) && alias(wanted) && !alias(live)
    }

    /// Whether content at `pointer` is told by its digest.
    pub(super) fn digest(&self, pointer: &str) -> bool {
        any(&self.digest, pointer)
    }

    /// Whether AWS chooses what is at `pointer` where the template says nothing. What cannot be changed after creation was
    /// chosen then, whatever it is; tags that CloudFormation cannot change can be changed by others.
    pub(super) fn computed(&self, pointer: &str) -> bool {
        let fixed = |schema: &Schema| {
            resources::covers(&schema.identifier, pointer) || resources::covers(&schema.create_only, pointer)
        };
        any(&self.computed, pointer) || !pointer.starts_with("/Tags") && self.schema().is_some_and(fixed)
    }

    pub(super) fn unordered(&self, pointer: &str) -> bool {
        any(&self.unordered, pointer)
    }

    pub(super) fn takes_any_case(&self, pointer: &str) -> bool {
        any(&self.any_case, pointer)
    }

    pub(super) fn takes_arn_or_id(&self, pointer: &str) -> bool {
        any(&self.arn_or_id, pointer)
    }

    pub(super) fn masked(&self, pointer: &str) -> bool {
        any(&self.masked, pointer)
    }

    /// The key that names the items of the list at `pointer`.
    pub(super) fn identity(&self, pointer: &str) -> Option<&str> {
        if pointer == "/Tags" {
            return Some("Key");
        }
        self.identity.iter().find(|(pattern, _)| matches(pattern, pointer)).map(|(_, key)| key.as_str())
    }

    /// Whether two values at `pointer` mean the same.
    pub(super) fn same_json(&self, pointer: &str, wanted: &Json, live: &Json) -> bool {
        wanted == live || !(wanted.is_array() || wanted.is_object()) && self.same(pointer, wanted, live)
    }

    /// Whether two scalars at `pointer` mean the same: numbers and booleans may be written as texts.
    pub(super) fn same(&self, pointer: &str, wanted: &Json, live: &Json) -> bool {
        if live.is_array() || live.is_object() {
            return false;
        }
        let (wanted, live) = (substitute::text(wanted), substitute::text(live));
        if wanted == live {
            return true;
        }
        if self.takes_any_case(pointer) && wanted.eq_ignore_ascii_case(&live) {
            return true;
        }
        if self.takes_arn_or_id(pointer) && (names(&wanted, &live) || names(&live, &wanted)) {
            return true;
        }
        let synonyms = self.synonyms.iter().filter(|(pattern, _)| matches(pattern, pointer));
        if synonyms.flat_map(|(_, groups)| groups).any(|group| group.contains(&wanted) && group.contains(&live)) {
            return true;
        }
        any(&self.json_text, pointer) && json(&wanted).is_some_and(|wanted| json(&live) == Some(wanted))
    }
}

/// Whether `arn` is the ARN of `id`, or of the root of the account `id`.
fn names(arn: &str, id: &str) -> bool {
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    if id.len() == 12 && arn.ends_with(&format!(":iam::{id}:root")) {
        return true;
    }
    let before = arn.strip_suffix(id).filter(|_| arn.starts_with("arn:") && !id.is_empty());
    before.is_some_and(|before| before.ends_with([':', '/']))
}

/// Structured JSON only: `1` and `01` are different texts.
pub(super) fn json(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok().filter(|json: &Json| json.is_array() || json.is_object())
}

fn any(patterns: &[String], pointer: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, pointer))
}

/// Whether `pointer` is at or below `pattern`.
pub(super) fn covers(pattern: &str, pointer: &str) -> bool {
    let parts = pattern.split('/').count();
    pointer.split('/').count() >= parts
        && matches(pattern, &pointer.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

fn matches(pattern: &str, pointer: &str) -> bool {
    let (mut pattern, mut pointer) = (pattern.split('/'), pointer.split('/'));
    loop {
        match (pattern.next(), pointer.next()) {
            (None, None) => return true,
            (Some(want), Some(part)) if want == "*" || want == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_rule_is_of_a_known_type() {
        for name in RULES.keys() {
            assert!(resources::get(name).is_some(), "{name}");
        }
    }

    /// A row that no one reads is a row that nobody has.
    #[test]
    fn every_row_is_read_and_says_since_when() {
        const KEYS: [&str; 11] = [
            "defaults",
            "computed",
            "identity",
            "unordered",
            "json_text",
            "masked",
            "arn_or_id",
            "any_case",
            "synonyms",
            "digest",
            "returned",
        ];
        for rows in ROWS {
            let json: Json = serde_json::from_str(rows).unwrap_or_else(|error| panic!("{error}: {rows}"));
            assert!(json["source"].is_string() && json["date"].as_str().map(str::len) == Some(10), "{rows}");
            for (name, entry) in json["types"].as_object().unwrap() {
                let schema = schema::get(name).unwrap_or_else(|| panic!("{name} is not described"));
                for (key, patterns) in entry.as_object().unwrap() {
                    assert!(KEYS.contains(&key.as_str()), "{name}: {key}");
                    let listed = patterns.as_array().into_iter().flatten().filter_map(Json::as_str);
                    let mapped = patterns.as_object().into_iter().flatten().map(|(pattern, _)| pattern.as_str());
                    for pattern in listed.chain(mapped) {
                        // What several properties have in common.
                        let common = pattern.starts_with("/*/");
                        assert!(common || schema.settable_at(pattern), "{name}: {key} {pattern}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_pattern_matches_exactly() {
        assert!(matches("/Stages/*/Actions", "/Stages/0/Actions"));
        assert!(!matches("/Stages/*/Actions", "/Stages/0/Actions/1"));
        assert!(!matches("/Stages/*/Actions", "/Stages/0"));
    }

    #[test]
    fn scalars_that_mean_the_same_are_the_same() {
        let pipeline = rules("AWS::CodePipeline::Pipeline");
        let configuration = "/Stages/0/Actions/0/Configuration/UserParameters";
        assert!(pipeline.same("/Name", &json!(false), &json!("false")));
        assert!(pipeline.same("/Name", &json!(60), &json!("60")));
        assert!(!pipeline.same("/Name", &json!("A"), &json!("a")));
        assert!(pipeline.same(configuration, &json!(r#"{"a":1,"b":2}"#), &json!(r#"{ "b": 2, "a": 1 }"#)));
        assert!(!pipeline.same(configuration, &json!("1"), &json!("01")));
        assert!(!pipeline.same("/Name", &json!(r#"{"a":1}"#), &json!(r#"{"a": 1}"#)));
        assert!(!pipeline.same("/Name", &json!(""), &json!([])));
        let key = "/ArtifactStore/EncryptionKey/Id";
        assert!(pipeline.same(key, &json!("1234"), &json!("arn:aws:kms:eu-west-1:111122223333:key/1234")));
        assert!(!pipeline.same(key, &json!("234"), &json!("arn:aws:kms:eu-west-1:111122223333:key/1234")));
        assert!(!pipeline.same(key, &json!(""), &json!("arn:aws:kms:eu-west-1:111122223333:key/")));
    }
}
