use serde_json::json;

use super::*;
use crate::desired::Value;
use crate::reconcile::Context;
use crate::reconcile::samples::stack;

/// The pointers of the differences between two values of a property, and the reasons of what is unchecked.
fn compare(resource_type: &str, name: &str, wanted: Json, live: Json) -> (Vec<String>, Vec<String>) {
    let stack = stack(&json!({ "Parameters": { "Lost": { "Type": "AWS::SSM::Parameter::Value<String>" } } }), &[]);
    let context = Context::new(&stack, &stack.deployments[0], None, &[]);
    let wanted = context.value(&Value::from_json(wanted, &stack.deployments[0].origin)).unwrap();
    let mut comparison = Comparison::without(normalize::rules(resource_type), &[]);
    comparison.compare(&format!("/{name}"), name, &wanted, Some(&live));
    let Compared { differences, unchecked, .. } = comparison.done();
    let differences = differences.into_iter().map(|difference| difference.pointer).collect();
    (differences, unchecked.into_iter().map(|unchecked| unchecked.reason).collect())
}

pub(super) fn differences(resource_type: &str, name: &str, wanted: Json, live: Json) -> Vec<String> {
    compare(resource_type, name, wanted, live).0
}

const PIPELINE: &str = "AWS::CodePipeline::Pipeline";

#[test]
fn what_aws_fills_in_is_no_difference() {
    let wanted = json!([{ "Name": "A", "Actions": [{ "Name": "a" }] }]);
    let live = json!([{ "Name": "A", "Actions": [
        { "Name": "a", "RunOrder": 1, "Region": "eu-west-1", "InputArtifacts": [], "Configuration": {} }] }]);
    assert_eq!(differences(PIPELINE, "Stages", wanted.clone(), live), [""; 0]);
    let live = json!([{ "Name": "A", "Actions": [{ "Name": "a", "RunOrder": 2 }] }]);
    assert_eq!(differences(PIPELINE, "Stages", wanted, live), ["/Stages/0/Actions/0/RunOrder"]);
}

#[test]
fn the_order_of_stages_counts_and_that_of_actions_does_not() {
    let action = |name: &str| json!({ "Name": name });
    let stages = |names: [&str; 2]| json!(names.map(action));
    assert_eq!(differences(PIPELINE, "Stages", stages(["A", "B"]), stages(["B", "A"])), ["/Stages"]);
    let actions = |names| json!([{ "Name": "A", "Actions": stages(names) }]);
    assert_eq!(differences(PIPELINE, "Stages", actions(["a", "b"]), actions(["b", "a"])), [""; 0]);
}

#[test]
fn sets_are_compared_as_sets() {
    let vpc = |subnets: &[&str]| json!({ "Subnets": subnets });
    let project = "AWS::CodeBuild::Project";
    assert_eq!(differences(project, "VpcConfig", vpc(&["a", "b"]), vpc(&["b", "a"])), [""; 0]);
    assert_eq!(differences(project, "VpcConfig", vpc(&["a", "b"]), vpc(&["b", "c"])), ["/VpcConfig/Subnets/0"]);
    assert_eq!(differences(project, "VpcConfig", vpc(&["a"]), vpc(&["b", "a"])), ["/VpcConfig/Subnets/0"]);
    assert_eq!(differences(project, "VpcConfig", vpc(&["a", "a"]), vpc(&["a"])), ["/VpcConfig/Subnets/1"]);
}

#[test]
fn tags_of_others_are_not_ours() {
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let live = json!([tag("aws:cloudformation:stack-name", "s"), tag("owner", "x"), tag("team", "data")]);
    let stream = "AWS::Kinesis::Stream";
    assert_eq!(differences(stream, "Tags", json!([tag("team", "data")]), live.clone()), [""; 0]);
    assert_eq!(differences(stream, "Tags", json!([tag("team", "web")]), live.clone()), ["/Tags/0/Value"]);
    assert_eq!(differences(stream, "Tags", json!([tag("cost", "1")]), live), ["/Tags/0"]);
}

#[test]
fn unknown_and_hidden_values_are_left_with_a_reason() {
    let configuration = |value: Json| json!([{ "Name": "A", "Actions": [{ "Name": "a", "Configuration": value }] }]);
    let wanted = configuration(json!({ "OAuthToken": "t", "Branch": { "Ref": "Lost" }, "Owner": "me" }));
    let live = configuration(json!({ "OAuthToken": "****", "Branch": "main", "Owner": "you" }));
    let (differences, unchecked) = compare(PIPELINE, "Stages", wanted, live);
    assert_eq!(differences, ["/Stages/0/Actions/0/Configuration/Owner"]);
    assert!(unchecked.len() == 2 && unchecked[0].contains("hides") && unchecked[1].contains("Lost"));
    // Nobody knows which item an unknown one is.
    let layers = json!([{ "Ref": "Lost" }, "b"]);
    let (differences, unchecked) = compare("AWS::Lambda::Function", "Layers", layers, json!(["a", "b"]));
    assert_eq!((differences.len(), unchecked.len()), (0, 1));
}

#[test]
fn other_shapes_are_differences() {
    let name = "Environment";
    let function = "AWS::Lambda::Function";
    assert_eq!(differences(function, name, json!({ "Variables": { "a": "b" } }), Json::Null).len(), 1);
    assert_eq!(differences(function, name, json!({ "Variables": { "a": "b" } }), json!([])).len(), 1);
    assert_eq!(
        differences(function, name, json!({ "Variables": ["a"] }), json!({ "Variables": { "a": "b" } })).len(),
        1
    );
    assert_eq!(
        differences(function, name, json!({}), json!({ "Variables": { "a~/b": "c" } })),
        ["/Environment/Variables/a~0~1b"]
    );
    assert_eq!(differences(function, "Description", json!(""), Json::Null), [""; 0]);
    assert_eq!(differences(function, "Timeout", json!(3), Json::Null), [""; 0]);
    assert_eq!(differences(function, "Timeout", json!(4), Json::Null), ["/Timeout"]);
}

#[test]
fn what_a_template_cannot_say_is_no_difference() {
    let application = "AWS::KinesisAnalyticsV2::Application";
    let snapshots = |live: Json| {
        let wanted = json!({ "ApplicationSnapshotConfiguration": { "SnapshotsEnabled": true } });
        differences(
            application,
            "ApplicationConfiguration",
            wanted,
            json!({ "ApplicationSnapshotConfiguration": live }),
        )
    };
    assert_eq!(snapshots(json!({ "SnapshotsEnabled": true, "NewestMode": "X" })), [""; 0]);
    let pointer = "/ApplicationConfiguration/ApplicationSnapshotConfiguration/SnapshotsEnabled";
    assert_eq!(snapshots(json!({ "SnapshotsEnabled": false })), [pointer]);
}

#[test]
fn items_with_equal_names_are_compared_in_order() {
    let variable = |value: &str| json!({ "Name": "A", "Value": value });
    let wanted = json!({ "EnvironmentVariables": [variable("1"), variable("2")] });
    let pointers = differences("AWS::CodeBuild::Project", "Environment", wanted.clone(), wanted.clone());
    assert_eq!(pointers, [""; 0]);
    let live = json!({ "EnvironmentVariables": [variable("1"), variable("1")] });
    let pointers = differences("AWS::CodeBuild::Project", "Environment", wanted, live);
    assert_eq!(pointers, ["/Environment/EnvironmentVariables/1/Value"]);
}
