use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::json;

use super::{artifact, template, template_configuration};
use crate::desired::generate::{any_value, origin};
use crate::desired::{Deployment, Intrinsic, Output, Parameter, Resource, Stack, Value, ValueKind};

fn stack() -> Stack {
    Stack {
        role: "application".into(),
        description: String::new(),
        parameters: IndexMap::new(),
        conditions: IndexMap::new(),
        resources: IndexMap::new(),
        outputs: IndexMap::new(),
        ..Stack::default()
    }
}

fn resource(resource_type: &str, properties: Value) -> Resource {
    Resource::new(resource_type, "streams.trips", properties, origin())
}

fn of_json(json: serde_json::Value) -> Value {
    Value::from_json(json, &origin())
}

#[test]
fn a_template_has_its_sections_in_order_and_names_sorted() {
    let mut stack = stack();
    let policy = json!({
        "Statement": [{
            "Resource": "*", "Condition": {"Bool": {"b": "true", "a": "true"}}, "Action": "kinesis:*",
            "Effect": "Allow", "Extra": 1, "Sid": "Read",
        }],
        "Version": "2012-10-17",
    });
    let role = Resource {
        depends_on: vec!["B".to_owned(), "A".to_owned(), "B".to_owned()],
        deletion_policy: Some("Retain"),
        condition: Some("IsProd".to_owned()),
        attributes: vec![
            ("UpdatePolicy".to_owned(), of_json(json!({"EnableVersionUpgrade": true}))),
            ("Metadata".to_owned(), of_json(json!({"b": 1, "a": 2}))),
        ],
        ..resource("AWS::IAM::Role", of_json(json!({"Path": "/", "AssumeRolePolicyDocument": policy})))
    };
    stack.resources.insert("Role".to_owned(), role);
    let bare = Resource { depends_on: vec!["Role".to_owned()], ..resource("AWS::SNS::Topic", Value::map(&origin())) };
    stack.resources.insert("Alarms".to_owned(), bare);
    stack.conditions.insert("IsProd".to_owned(), of_json(json!({"Fn::Equals": [{"Ref": "Name"}, "prod"]})));
    stack.parameters.insert(
        "Name".to_owned(),
        Parameter {
            parameter_type: "String".to_owned(),
            description: String::new(),
            default: Some(Value::text("dev", &origin())),
            constraints: vec![
                ("MinLength".to_owned(), of_json(json!(1))),
                ("AllowedPattern".to_owned(), of_json(json!("[a-z]+"))),
            ],
            origin: origin(),
        },
    );
    let output = Output {
        description: "the role".to_owned(),
        value: Value::get_att("Role", "Arn", &origin()),
        condition: Some("IsProd".to_owned()),
        export: None,
        origin: origin(),
    };
    stack.outputs.insert("RoleArn".to_owned(), output);
    let expected = r"# made
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Name:
    Type: String
    Default: dev
    AllowedPattern: '[a-z]+'
    MinLength: 1
Conditions:
  IsProd: !Equals
    - !Ref Name
    - prod
Resources:
  Alarms:
    Type: AWS::SNS::Topic
    DependsOn: Role
  Role:
    Type: AWS::IAM::Role
    Condition: IsProd
    DependsOn:
      - A
      - B
    DeletionPolicy: Retain
    Metadata:
      a: 2
      b: 1
    UpdatePolicy:
      EnableVersionUpgrade: true
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Sid: Read
            Effect: Allow
            Action: kinesis:*
            Resource: '*'
            Condition:
              Bool:
                a: 'true'
                b: 'true'
            Extra: 1
      Path: /
Outputs:
  RoleArn:
    Description: the role
    Condition: IsProd
    Value: !GetAtt Role.Arn
";
    let artifact = artifact(&stack, "application.yaml", Some("made"));
    assert_eq!(artifact.text, expected);
    assert_eq!(artifact.path, "application.yaml");
    let path = artifact.mappings.iter().find(|it| it.pointer == "/Resources/Role/Properties/Path");
    assert_eq!(path.map(|it| it.line), Some(42));
}

#[test]
fn a_stack_of_nothing_is_still_a_template() {
    assert_eq!(template(&stack()).to_json(), json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}));
}

#[test]
fn a_template_configuration_has_only_strings() {
    let deployment = Deployment {
        environment: "prod".to_owned(),
        stack_name: "trips-prod".to_owned(),
        account: "012345678901".to_owned(),
        region: "us-east-1".to_owned(),
        parameters: vec![
            ("Shards".to_owned(), of_json(json!(4))),
            ("Account".to_owned(), of_json(json!("012345678901"))),
            ("Enabled".to_owned(), of_json(json!(true))),
            ("Ratio".to_owned(), of_json(json!(0.5))),
            ("Subnets".to_owned(), of_json(json!(["subnet-1", "subnet-2"]))),
        ],
        tags: vec![("team".to_owned(), "data".to_owned()), ("cost".to_owned(), "1".to_owned())],
        protected: true,
        origin: origin(),
    };
    let expected = r#"{
  "Parameters": {
    "Account": "012345678901",
    "Enabled": "true",
    "Ratio": "0.5",
    "Shards": "4",
    "Subnets": "subnet-1,subnet-2"
  },
  "Tags": {
    "cost": "1",
    "team": "data"
  }
}
"#;
    let artifact = template_configuration(&Stack::default(), &deployment);
    assert_eq!(artifact.text, expected);
    assert_eq!(artifact.path, "environments/prod.json");
    assert_eq!(artifact.mappings.len(), 10);
}

/// The same value said in another order.
fn reversed(value: &Value) -> Value {
    let turn = |entries: &[(String, Value)]| {
        entries.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect::<Vec<_>>()
    };
    let kind = match &value.kind {
        ValueKind::Map(entries) => ValueKind::Map(turn(entries)),
        ValueKind::List(items) => ValueKind::List(items.iter().map(reversed).collect()),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            ValueKind::Intrinsic(Intrinsic::Sub(text.clone(), turn(names)))
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => {
            ValueKind::Intrinsic(Intrinsic::Call(name.clone(), Box::new(reversed(argument))))
        }
        other => other.clone(),
    };
    Value::new(kind, &value.origin)
}

proptest! {
    #[test]
    fn equal_stacks_give_equal_bytes(values in prop::collection::vec(any_value(), 0..5)) {
        let filled = |order: &mut dyn Iterator<Item = usize>, turn: fn(&Value) -> Value| {
            let mut stack = stack();
            for index in order {
                let value = turn(&values[index]);
                let output = Output { description: String::new(), value: value.clone(), condition: None, export: None, origin: origin() };
                stack.outputs.insert(format!("O{index}"), output);
                stack.conditions.insert(format!("C{index}"), value.clone());
                stack.resources.insert(format!("R{index}"), resource("A::B::C", Value::map(&origin()).with("P", value)));
            }
            artifact(&stack, "t.yaml", None).text
        };
        let count = values.len();
        prop_assert_eq!(filled(&mut (0..count), Value::clone), filled(&mut (0..count).rev(), reversed));
    }

    #[test]
    fn the_order_of_keys_changes_no_value(value in any_value()) {
        prop_assert_eq!(super::canonical(&value), value);
    }
}
