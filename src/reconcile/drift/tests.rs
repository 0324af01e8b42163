use serde_json::json;

use super::*;
use crate::cloud::{DetectedDifference, StackResource};
use crate::reconcile::samples::stack;
use crate::reconcile::{Context, Coverage};

/// A topic with a name against what is `seen` of it.
fn topic(seen: Seen) -> ResourceDrift {
    let properties = json!({ "TopicName": "alerts", "DisplayName": "Alerts" });
    let template = json!({ "Resources": { "T": { "Type": "AWS::SNS::Topic", "Properties": properties } } });
    let stack = stack(&template, &[]);
    let resources = [StackResource {
        logical_id: "T".to_owned(),
        physical_id: "arn:alerts".to_owned(),
        resource_type: "AWS::SNS::Topic".to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
    }];
    let deployed = Context::new(&stack, &stack.deployments[0], None, &resources).resources();
    compare(&deployed, &[seen]).remove(0)
}

fn detected(status: DetectedStatus, differences: Vec<DetectedDifference>) -> Seen {
    let detected = Detected { logical_id: "T".to_owned(), status, differences };
    Seen { observation: Observation::NoReader, detected: Some(detected) }
}

fn found(pointer: &str, expected: Option<Json>, live: Option<Json>) -> DetectedDifference {
    DetectedDifference { pointer: pointer.to_owned(), expected, live }
}

#[test]
fn cloudformations_findings_are_kept_also_outside_of_what_the_template_says() {
    let differences = vec![
        found("/DisplayName", Some(json!("Alerts")), Some(json!("alarms"))),
        found("/Subscription/0", None, Some(json!({ "Protocol": "email" }))),
    ];
    let drift = topic(detected(DetectedStatus::Modified, differences));
    let paths: Vec<&str> = drift.differences.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["DisplayName", "Subscription[0]"]);
    assert_eq!((drift.compared, drift.unchecked.len()), (2, 0));
}

#[test]
fn cloudformation_knows_what_is_deleted_and_what_it_did_not_check() {
    assert_eq!(topic(detected(DetectedStatus::Deleted, Vec::new())).outcome, Outcome::Deleted);
    assert!(!topic(detected(DetectedStatus::InSync, Vec::new())).drifted());
    let drift = topic(detected(DetectedStatus::NotChecked("not now".to_owned()), Vec::new()));
    assert_eq!(drift.outcome, Outcome::NotCheckable("not now".to_owned()));
    assert_eq!(drift.unchecked.len(), 2);
    let seen = Seen { observation: Observation::Unread("denied".to_owned()), detected: None };
    assert_eq!(topic(seen).outcome, Outcome::NotCheckable("denied".to_owned()));
    let seen = Seen { observation: Observation::Missing, detected: None };
    assert_eq!(topic(seen).outcome, Outcome::Deleted);
}

#[test]
fn tags_that_others_have_set_are_no_drift() {
    let properties = json!({ "TopicName": "alerts", "DisplayName": "Alerts", "Tags": [{ "Key": "a", "Value": "b" }] });
    let covers = ["TopicName", "DisplayName", "Tags"].map(str::to_owned).to_vec();
    let live = Live { properties, covers, unread: Vec::new() };
    assert!(!topic(Seen { observation: Observation::Live(live), detected: None }).drifted());
}

#[test]
fn what_was_not_looked_at_is_not_in_sync() {
    let stack = stack(&json!({ "Resources": { "T": { "Type": "AWS::SNS::Topic", "Properties": {} } } }), &[]);
    let deployed = Context::new(&stack, &stack.deployments[0], None, &[]).resources();
    assert_eq!(compare(&deployed, &[])[0].outcome, Outcome::NotDeployed);
    let coverage = Coverage { compared: 1, unchecked: 2, ..Coverage::default() };
    assert_eq!((Coverage::default().percent(), coverage.percent()), (100, 33));
}
