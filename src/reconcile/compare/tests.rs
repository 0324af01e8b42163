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
    let Compared { differences, wholes, unchecked, .. } = comparison.done();
    let differences = told_once(differences, &wholes).into_iter().map(|difference| difference.pointer).collect();
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

/// All of what is told about one property whose parts at `unread` nobody could read.
fn told(resource_type: &str, name: &str, wanted: Json, live: &Json, unread: &[&str]) -> (Vec<Difference>, Compared) {
    let unread: Vec<_> = unread.iter().map(|pattern| ((*pattern).to_owned(), "no right".to_owned())).collect();
    let stack = stack(&json!({}), &[]);
    let wanted = crate::reconcile::resolved::known(&wanted, &stack.deployments[0].origin);
    let mut comparison = Comparison::without(normalize::rules(resource_type), &unread);
    match live {
        Json::Null if wanted.to_json() == Some(Json::Null) => {}
        live if wanted.to_json() == Some(Json::Null) => {
            comparison.undeclared(&format!("/{name}"), name, live, &wanted.origin);
        }
        live => comparison.compare(&format!("/{name}"), name, &wanted, Some(live)),
    }
    let mut compared = comparison.done();
    let differences = std::mem::take(&mut compared.differences);
    (told_once(differences, &compared.wholes), compared)
}

const ROLE: &str = "AWS::IAM::Role";

fn inline(name: &str, actions: &[&str]) -> Json {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": ["arn:a", "arn:b"] });
    json!({ "PolicyName": name, "PolicyDocument": { "Version": "2012-10-17", "Statement": [statement] } })
}

#[test]
fn a_policy_that_is_taken_away_is_one_difference_and_each_of_its_values_counts() {
    let wanted = json!([inline("logs", &["logs:PutLogEvents"]), inline("access", &["s3:GetObject", "s3:PutObject"])]);
    for live in [json!([inline("logs", &["logs:PutLogEvents"])]), json!([])] {
        let (differences, compared) = told(ROLE, "Policies", wanted.clone(), &live, &[]);
        let gone = differences.iter().find(|found| found.path == "Policies[access]").unwrap();
        assert_eq!(gone.pointer, "/Policies/1");
        assert_eq!((gone.wanted.as_ref(), gone.live.as_ref()), (Some(&wanted[1]), None));
        assert!(gone.is_gone());
        assert_eq!(differences.len(), 2 - live.as_array().unwrap().len());
        let (_, present) = told(ROLE, "Policies", wanted.clone(), &wanted, &[]);
        assert_eq!(compared.ledger.len(), present.ledger.len());
    }
    // A second policy of somebody is one as well, and another statement in one says where.
    let (differences, _) = told(ROLE, "Policies", json!([inline("a", &["s3:*"])]), &wanted, &[]);
    let paths: Vec<_> = differences.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["Policies[a]", "Policies[logs]", "Policies[access]"]);
    let other = json!([inline("access", &["s3:GetObject"]), inline("logs", &["logs:PutLogEvents"])]);
    let (differences, _) = told(ROLE, "Policies", wanted, &other, &[]);
    assert_eq!(differences.len(), 1);
    assert!(differences[0].path.starts_with("Policies[access].PolicyDocument.Statement[0].Action"));
}

#[test]
fn an_object_that_only_one_side_has_is_one_difference() {
    let function = "AWS::Lambda::Function";
    let network = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "Ipv6AllowedForDualStack": false });
    let (differences, _) = told(function, "VpcConfig", network.clone(), &Json::Null, &[]);
    let [gone] = differences.as_slice() else { panic!("{differences:#?}") };
    assert_eq!((gone.path.as_str(), gone.wanted.as_ref()), ("VpcConfig", Some(&network)));
    // What AWS has by itself, and what nobody can set, is not told with it.
    let live = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1" });
    let (differences, _) = told(function, "VpcConfig", Json::Null, &live, &[]);
    let [more] = differences.as_slice() else { panic!("{differences:#?}") };
    let asked = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
    assert_eq!((more.path.as_str(), more.wanted.as_ref(), more.live.as_ref()), ("VpcConfig", None, Some(&asked)));
    // One value says more than the object around it.
    let tracing = json!({ "Mode": "Active" });
    let (differences, _) = told(function, "TracingConfig", tracing, &Json::Null, &[]);
    assert_eq!(differences[0].path, "TracingConfig.Mode");
    // Keys with slashes, and an object in an object.
    let variables = json!({ "a/b": "1", "c~d": "2" });
    let (differences, _) = told(function, "Environment", Json::Null, &json!({ "Variables": variables }), &[]);
    let [more] = differences.as_slice() else { panic!("{differences:#?}") };
    assert_eq!((more.path.as_str(), &more.live), ("Environment", &Some(json!({ "Variables": variables }))));
}

#[test]
fn parts_that_may_change_by_design_stay_apart() {
    let wanted = json!({ "ReadCapacityUnits": 5, "WriteCapacityUnits": 5 });
    let (mut differences, compared) =
        told("AWS::DynamoDB::Table", "ProvisionedThroughput", wanted, &json!({ "ReadCapacityUnits": "x" }), &[]);
    assert_eq!(differences.len(), 2);
    assert!(compared.wholes.is_empty());
    let network = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
    let mut comparison = Comparison::without(normalize::rules("AWS::Lambda::Function"), &[]);
    let origin = differences.remove(0).origin;
    comparison.undeclared("/VpcConfig", "VpcConfig", &network, &origin);
    let mut compared = comparison.done();
    compared.differences[0].class = Class::Legitimate("somebody".to_owned());
    assert_eq!(told_once(compared.differences, &compared.wholes).len(), 2);
}

/// Whatever the order, and whichever parts nobody could read: what may be equal is not told as different.
#[test]
fn what_could_not_be_read_makes_no_item_of_a_set_another() {
    let location = |name: &str, options: &str| json!({ "Identifier": name, "MountOptions": options, "Type": "EFS" });
    let wanted = [location("a", "1"), location("b", "2"), location("c", "3")];
    let project = "AWS::CodeBuild::Project";
    let subnets = |items: &[Json]| json!({ "Subnets": items });
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for unread in ["/VpcConfig/Subnets/*/MountOptions", "/VpcConfig/Subnets/1/Identifier", "/VpcConfig/Subnets/2"] {
            let live: Vec<Json> = order.iter().map(|index| wanted[*index].clone()).collect();
            let (differences, compared) = told(project, "VpcConfig", subnets(&wanted), &subnets(&live), &[unread]);
            assert!(differences.is_empty() && !compared.unchecked.is_empty(), "{order:?} {unread}: {differences:#?}");
        }
        // What can be read still differs.
        let mut live: Vec<Json> = order.iter().map(|index| wanted[*index].clone()).collect();
        live[0]["Identifier"] = json!("x");
        let unread = "/VpcConfig/Subnets/*/MountOptions";
        let (differences, _) = told(project, "VpcConfig", subnets(&wanted), &subnets(&live), &[unread]);
        assert_eq!(differences.len(), 1, "{order:?}: {differences:#?}");
    }
    // An item that may be either takes the one that nobody else may be.
    let half = json!([{ "A": "{{resolve:ssm:/a}}", "B": "1" }, { "A": "1", "B": "{{resolve:ssm:/b}}" }]);
    let live = json!([{ "A": "1", "B": "1" }, { "A": "5", "B": "1" }]);
    for live in [live.clone(), json!([live[1], live[0]])] {
        let (differences, compared) =
            told(project, "VpcConfig", json!({ "Subnets": half }), &json!({ "Subnets": live }), &[]);
        assert_eq!((differences.len(), compared.unchecked.len()), (0, 2), "{differences:#?}");
    }
}
