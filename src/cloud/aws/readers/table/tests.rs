//! Recorded answers: each file of `answers/` says what is asked, what the service answers, and what the resource then
//! is in CloudFormation's words. The shapes are those of botocore's service models, against which
//! `tests/it/readers.py` checks them; the values are made up.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::json;

use super::super::units::{Step, Unit, look, units};
use super::super::{groups, rows};
use super::*;
use crate::cloud::Live;

/// Answers calls as they were recorded, each once and in any order.
struct Recorded {
    calls: Mutex<Vec<Json>>,
}

impl Service for Recorded {
    async fn ask(&self, call: &'static Call, subject: &str, send: Json) -> Result<Json, CloudError> {
        let name = format!("{}:{}", call.service, call.operation);
        let mut calls = self.calls.lock().expect("the calls");
        let at = calls.iter().position(|recorded| recorded["call"] == name.as_str() && recorded["send"] == send);
        let Some(at) = at else { panic!("nobody recorded {name} {send}") };
        let recorded = calls.remove(at);
        match recorded["error"].as_str() {
            None => Ok(recorded["answer"].clone()),
            Some(code) => {
                let refused = CloudError::refused(&call.attempted, subject, "no");
                Err(CloudError { code: Some(code.to_owned()), ..refused })
            }
        }
    }
}

fn resource(json: &Json) -> Wanted {
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    Wanted {
        logical_id: text("id"),
        resource_type: text("type"),
        physical_id: text("id"),
        properties: json.get("properties").cloned().unwrap_or_else(|| json!({})),
    }
}

fn observe(recorded: &Recorded, wanted: &[Wanted]) -> Vec<Observation> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut observations = vec![Observation::NoReader; wanted.len()];
    let mut open: Vec<Unit> = units(wanted);
    while let Some(unit) = open.pop() {
        for step in runtime.block_on(look(recorded, unit)) {
            match step {
                Step::Seen(index, observation) => observations[index] = observation,
                Step::Then(unit) => open.push(unit),
            }
        }
    }
    observations
}

#[expect(clippy::disallowed_methods, reason = "the answers are files beside the readers")]
fn cases() -> Vec<(String, Json)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud/aws/readers/answers");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("answers/").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a text");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, json)
    };
    files.iter().map(read).collect()
}

#[test]
fn recorded_answers_are_told_in_cloudformations_words() {
    let mut wrong = Map::new();
    for (name, case) in cases() {
        let wanted: Vec<Wanted> = case["resources"].as_array().expect("resources").iter().map(resource).collect();
        let recorded = Recorded { calls: Mutex::new(case["calls"].as_array().cloned().unwrap_or_default()) };
        let observed = observe(&recorded, &wanted);
        let left = recorded.calls.into_inner().expect("the calls");
        assert!(left.is_empty(), "{name}: never asked: {left:#?}");
        for ((told, expected), resource) in observed.iter().zip(list(&case["resources"])).zip(&wanted) {
            let told = match told {
                Observation::Live(Live { properties, covers, unread }) => {
                    let has = properties.as_object().expect("a map").keys().all(|key| covers.contains(key));
                    assert!(has, "{name}: {properties} has more than {covers:?}");
                    let unread: Vec<_> = unread.iter().map(|(pointer, _)| pointer).collect();
                    match unread.is_empty() {
                        true => json!({ "live": properties }),
                        false => json!({ "live": properties, "unread": unread }),
                    }
                }
                Observation::Missing => json!({ "missing": true }),
                Observation::Unread(reason) => json!({ "why": reason }),
                Observation::NoReader => json!({ "no_reader": true }),
            };
            let mut expected = expected;
            let expected = expected.as_object_mut().expect("a map");
            for key in ["id", "type", "properties"] {
                expected.shift_remove(key);
            }
            if told != Json::from(expected.clone()) {
                wrong.insert(format!("{name} {} {}", resource.resource_type, resource.physical_id), told);
            }
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{}", Json::from(wrong));
}

#[test]
fn every_row_has_recorded_answers() {
    let recorded: BTreeSet<String> = cases()
        .iter()
        .flat_map(|(_, case)| case["resources"].as_array().cloned().unwrap_or_default())
        .filter_map(|resource| resource["type"].as_str().map(str::to_owned))
        .collect();
    let missing: Vec<_> = rows::all().map(|row| &row.kind).filter(|kind| !recorded.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(recorded.iter().any(|kind| groups::reads(kind)));
}

/// A service that always has one more page.
struct Endless;

impl Service for Endless {
    async fn ask(&self, _: &'static Call, _: &str, _: Json) -> Result<Json, CloudError> {
        Ok(json!({ "Targets": [{ "Id": "a" }], "NextToken": "again" }))
    }
}

#[test]
fn a_service_that_repeats_itself_is_left() {
    let row = rows::row("AWS::Events::Rule").expect("a row");
    let read = &row.reads[1];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let call = read.call.as_ref().expect("a call");
    let answer = runtime.block_on(ask(&Endless, call, "rule", json!({}), read.pages.as_ref()));
    assert!(answer.is_err_and(|error| error.message.contains("does not come to an end")));
}

#[test]
fn requests_are_filled_with_what_is_known() {
    let properties = json!({ "A": { "B": "b" }, "EventBusName": "own" });
    let wanted = |id: &str| resource(&json!({ "id": id, "type": "AWS::Events::Rule", "properties": properties }));
    let fill = |id: &str, send: Json| {
        let (wanted, first) = (wanted(id), json!({ "arn": "x" }));
        Places { wanted: &wanted, first: Some(&first), item: &json!("one") }.fill(&send)
    };
    assert_eq!(
        fill("bus|rule", json!({ "Name": "{id|-1}", "Bus": "{?bus of the rule}", "Items": ["{item}"], "Limit": 5 })),
        Some(json!({ "Name": "rule", "Bus": "bus", "Items": ["one"], "Limit": 5 }))
    );
    let both = json!({ "Bus": "{?bus of the rule}", "B": "{/A/B}", "Arn": "{answer/arn}", "C": "{?/C}" });
    assert_eq!(fill("rule", both), Some(json!({ "Bus": "own", "B": "b", "Arn": "x" })));
    assert_eq!(fill("rule", json!({ "C": "{/C}" })), None);
    assert_eq!(fill("rule", json!({ "Id": "{id|-9}" })), None);
    let topic = "arn:aws:kafka:eu-west-1:111122223333:topic/trips/1-2/rides";
    assert_eq!(
        fill(topic, json!({ "Cluster": "{cluster of the topic}" })),
        Some(json!({ "Cluster": "arn:aws:kafka:eu-west-1:111122223333:cluster/trips/1-2" }))
    );
}
