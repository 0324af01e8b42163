use serde_json::json;

use super::*;
use crate::cloud::StackParameter;
use crate::reconcile::samples::stack;

/// The properties of the only resource, `X`, resolved.
fn resolve(template: &Json, values: &[(&str, Json)]) -> Resolved {
    let stack = stack(template, values);
    let parameter = |name: &str, value: &str, resolved: Option<&str>| StackParameter {
        name: name.to_owned(),
        value: value.to_owned(),
        resolved: resolved.map(str::to_owned),
    };
    let state = StackState {
        id: "arn:stack".to_owned(),
        parameters: vec![parameter("Pointer", "/rides/release", Some("jars/7.jar")), parameter("Lost", "/x", None)],
        ..StackState::default()
    };
    let resources = [StackResource {
        logical_id: "X".to_owned(),
        physical_id: "x-1".to_owned(),
        resource_type: "AWS::Kinesis::Stream".to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
    }];
    let context = Context::new(&stack, &stack.deployments[0], Some(&state), &resources);
    context.resources().remove(0).properties
}

fn template(properties: &Json) -> Json {
    json!({
        "Parameters": {
            "Pointer": { "Type": "AWS::SSM::Parameter::Value<String>" },
            "Lost": { "Type": "AWS::SSM::Parameter::Value<String>" },
            "Zones": { "Type": "CommaDelimitedList", "Default": "a, b" },
            "Size": { "Type": "Number", "Default": 3 },
        },
        "Conditions": {
            "Big": { "Fn::Equals": [{ "Ref": "Size" }, "3"] },
            "Small": { "Fn::Not": [{ "Condition": "Big" }] },
            "Circle": { "Fn::And": [{ "Condition": "Circle" }, { "Condition": "Big" }] },
            "Unknown": { "Fn::Equals": [{ "Ref": "Lost" }, "x"] },
        },
        "Resources": { "X": { "Type": "AWS::Kinesis::Stream", "Properties": properties } },
    })
}

fn value(value: Json) -> Resolved {
    resolve(&template(&json!({ "V": value })), &[]).get("V").cloned().unwrap()
}

fn known(json: Json) -> Json {
    value(json.clone()).to_json().unwrap_or_else(|| panic!("{json} is unknown: {:?}", value(json.clone())))
}

fn unknown(json: Json) -> String {
    match value(json.clone()).kind {
        ResolvedKind::Unknown(reason) => reason,
        kind => panic!("{json} is known: {kind:?}"),
    }
}

#[test]
fn what_is_known_is_resolved() {
    assert_eq!(known(json!({ "Ref": "Size" })), json!(3));
    assert_eq!(known(json!({ "Ref": "Zones" })), json!(["a", "b"]));
    assert_eq!(known(json!({ "Ref": "Pointer" })), json!("jars/7.jar"));
    assert_eq!(known(json!({ "Ref": "X" })), json!("x-1"));
    assert_eq!(known(json!({ "Ref": "AWS::StackId" })), json!("arn:stack"));
    let arn = json!("arn:aws:kinesis:eu-west-1:111122223333:stream/x-1");
    assert_eq!(known(json!({ "Fn::GetAtt": ["X", "Arn"] })), arn);
    assert_eq!(known(json!({ "Fn::GetAtt": "X.Arn" })), arn);
    assert_eq!(known(json!({ "Fn::Sub": "${X.Arn}" })), arn);
    assert_eq!(known(json!({ "Fn::Sub": ["${a}-${Size}-${!b}", { "a": { "Ref": "X" } }] })), json!("x-1-3-${b}"));
    assert_eq!(known(json!({ "Fn::Join": ["/", ["a", { "Ref": "Size" }]] })), json!("a/3"));
    assert_eq!(known(json!({ "Fn::Select": [1, { "Ref": "Zones" }] })), json!("b"));
    assert_eq!(known(json!({ "Fn::Select": ["1", { "Fn::Split": ["-", "p-q"] }] })), json!("q"));
    assert_eq!(known(json!({ "Fn::If": ["Big", "yes", "no"] })), json!("yes"));
    assert_eq!(known(json!({ "Fn::If": ["Small", "yes", "no"] })), json!("no"));
}

#[test]
fn what_was_seen_tells_attributes() {
    let template = json!({ "Resources": {
        "N": { "Type": "AWS::EC2::VPC", "Properties": { "CidrBlock": "10.0.0.0/16" } },
        "C": { "Type": "AWS::MSK::Cluster", "Properties": {} },
        "X": { "Type": "AWS::SNS::Topic", "Properties": {
            "A": { "Fn::GetAtt": ["C", "Arn"] }, "B": { "Fn::GetAtt": ["C", "Endpoint.Address"] },
            "D": { "Fn::Select": [1, { "Fn::Cidr": [{ "Fn::GetAtt": ["N", "CidrBlock"] }, 2, 8] }] },
            "E": { "Fn::GetAtt": ["C", "Nothing"] }, "F": { "Fn::Base64": "foo" } } },
    } });
    let stack = stack(&template, &[]);
    let mut context = Context::new(&stack, &stack.deployments[0], None, &[]);
    let of = |context: &Context<'_>| context.resources().remove(2).properties;
    assert!(of(&context).get("A").unwrap().to_json().is_none());
    let live = json!({ "Arn": "arn:c/1", "Endpoint": { "Address": "here" }, "Nothing": null });
    context.learn([("C".to_owned(), live)].into_iter().collect());
    let known = json!({ "A": "arn:c/1", "B": "here", "D": "10.0.1.0/24", "F": "Zm9v" });
    assert_eq!(of(&context).known_json(), known);
}

#[test]
fn what_is_unknown_says_why() {
    assert!(unknown(json!({ "Ref": "Lost" })).contains("`Lost`"));
    assert!(unknown(json!({ "Ref": "Nobody" })).contains("not deployed"));
    assert!(unknown(json!({ "Fn::GetAtt": ["X", "Strange"] })).contains("`X.Strange`"));
    assert!(unknown(json!({ "Fn::ImportValue": "other" })).contains("Fn::ImportValue"));
    assert!(unknown(json!({ "Fn::If": ["Unknown", "a", "b"] })).contains("`Lost`"));
    assert!(unknown(json!({ "Fn::If": ["Circle", "a", "b"] })).contains("itself"));
    assert!(unknown(json!({ "Fn::If": ["Big"] })).contains("two values"));
    assert!(unknown(json!({ "Fn::Select": [9, ["a"]] })).contains("Fn::Select"));
    assert!(unknown(json!("{{resolve:ssm:/a}}")).contains("when it deployed"));
    assert!(unknown(json!({ "Fn::Join": ["", [{ "Ref": "Lost" }]] })).contains("`Lost`"));
}

#[test]
fn no_value_leaves_the_property_out_and_given_values_win() {
    let properties =
        json!({ "A": { "Ref": "AWS::NoValue" }, "B": [{ "Fn::If": ["Small", "x", { "Ref": "AWS::NoValue" }] }] });
    assert_eq!(resolve(&template(&properties), &[]).to_json(), Some(json!({ "B": [] })));
    let properties = json!({ "A": { "Ref": "Size" } });
    assert_eq!(resolve(&template(&properties), &[("Size", json!(5))]).to_json(), Some(json!({ "A": 5 })));
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_left_out() {
    let mut template = template(&json!({}));
    for (condition, count) in [("Big", 1), ("Small", 0), ("Unknown", 1), ("Circle", 1)] {
        template["Resources"]["X"]["Condition"] = json!(condition);
        let stack = stack(&template, &[]);
        let context = Context::new(&stack, &stack.deployments[0], None, &[]);
        assert_eq!(context.resources().len(), count, "{condition}");
    }
}

/// Wherever the text comes from: written, put together, a parameter, a map, a JSON text.
#[test]
fn dynamic_references_are_never_known() {
    let mut template = template(&json!({
        "Written": "jdbc:{{resolve:ssm:/rides/host:3}}/x",
        "Sub": { "Fn::Sub": "{{resolve:secretsmanager:${AWS::StackName}:SecretString:password}}" },
        "Join": { "Fn::Join": ["", ["{{resolve:ssm-secure:", "/a", "}}"]] },
        "Given": { "Ref": "Host" },
        "List": ["a", { "Fn::Sub": "{{resolve:ssm:/${AWS::Region}}}" }],
        "Text": { "Fn::ToJsonString": { "password": { "Fn::Sub": "{{resolve:secretsmanager:a}}" } } },
        "Half": "{{resolve:later",
        "Plain": "{{ resolve }}",
    }));
    template["Parameters"]["Host"] = json!({ "Type": "String", "Default": "{{resolve:ssm:/日本}}" });
    let found = resolve(&template, &[]);
    let reason = |name: &str| first_reason(found.get(name).unwrap());
    assert!(reason("Written").starts_with("CloudFormation read `{{resolve:ssm:/rides/host:3}}` when it deployed"));
    assert_eq!(
        reason("Sub"),
        "`{{resolve:secretsmanager:rides-prod:SecretString:password}}` is a secret, which is not read here"
    );
    assert!(reason("Join").contains("is a secret"));
    assert!(reason("Given").contains("{{resolve:ssm:/日本}}"));
    assert!(reason("List").contains("{{resolve:ssm:/eu-west-1}}"));
    assert!(reason("Text").contains("{{resolve:secretsmanager:a}}"));
    assert_eq!(reason("Half"), "CloudFormation resolves `{{resolve:later` when it deploys");
    assert_eq!(found.get("Plain").unwrap().to_json(), Some(json!("{{ resolve }}")));
}
