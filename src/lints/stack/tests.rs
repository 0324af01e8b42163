//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_part_of_template, in_template, offences, with_resources};

fn found(resources: &str) -> Vec<&'static str> {
    offences(&in_part_of_template(&with_resources(resources)), &["stack"])
}

/// Without what a template of the tests is found to have anyway: parts that nothing uses.
fn only(offence: &'static str, resources: &str) -> bool {
    found(resources).contains(&offence)
}

#[test]
fn names_are_shared_when_they_surely_are() {
    let two = |resource_type: &str, one: &str, other: &str| {
        only(
            "shared-name",
            &format!(
                "  A: {{Type: '{resource_type}', Properties: {{{one}}}}}\n  \
                 B: {{Type: '{resource_type}', Properties: {{{other}}}}}\n"
            ),
        )
    };
    for (resource_type, name) in [
        ("AWS::Kinesis::Stream", "Name: a"),
        ("AWS::SQS::Queue", "QueueName: a"),
        ("AWS::SNS::Topic", "TopicName: !Sub 'a-${AWS::Region}'"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName: a"),
        ("AWS::Logs::LogGroup", "LogGroupName: !Ref Given"),
        ("AWS::DynamoDB::Table", "TableName: a"),
        ("AWS::Glue::Table", "CatalogId: !Ref AWS::AccountId, DatabaseName: a, TableInput: {Name: b}, Name: b"),
        ("AWS::CloudWatch::Dashboard", "DashboardName: a"),
    ] {
        let other = name
            .replace(": a", ": b")
            .replace("'a", "'b")
            .replace("Given", "Other")
            .replace("{Name: b}, Name: b", "{Name: c}, Name: c");
        assert!(two(resource_type, name, name), "{resource_type}");
        assert!(!two(resource_type, name, &other), "{resource_type}");
        assert!(!two(resource_type, "", ""), "{resource_type}");
    }
    assert!(!two("AWS::Kinesis::Stream", "Name: !If [IsProd, a, b]", "Name: !If [IsProd, a, b]"));
    assert!(!two("AWS::Kinesis::Stream", "Name: !Ref AWS::NoValue", "Name: !Ref AWS::NoValue"));
    let conditional = "  A: {Type: 'AWS::SNS::Topic', Condition: IsProd, Properties: {TopicName: a}}\n  \
                       B: {Type: 'AWS::SNS::Topic', Properties: {TopicName: a}}\n";
    assert!(!only("shared-name", conditional), "one of two");
}

#[test]
fn cycles_are_found_however_they_are_closed() {
    let chain = |closing: &str| {
        only(
            "circular-dependency",
            &format!(
                "  A: {{Type: 'AWS::SNS::Topic', Properties: {{DisplayName: !GetAtt B.QueueName}}}}\n  \
                 B: {{Type: 'AWS::SQS::Queue', {closing}}}\n"
            ),
        )
    };
    assert!(!chain("Properties: {}"));
    assert!(chain("DependsOn: A"));
    assert!(chain("DependsOn: [A]"));
    assert!(chain("Properties: {QueueName: !Ref A}"));
    assert!(chain("Properties: {QueueName: !Sub 'x-${A}'}"));
    assert!(chain("Properties: {QueueName: !Sub ['x-${N}', {N: !GetAtt A.TopicName}]}"));
    assert!(!chain("Properties: {QueueName: !Sub 'x-${!A}'}"), "written out");
    assert!(!chain("Properties: {QueueName: !Sub ['x-${A}', {A: b}]}"), "a name of its own");
    assert!(chain("Properties: {Tags: [{Key: a, Value: !Join ['', [!Ref A]]}]}"));
    assert!(only("circular-dependency", "  A: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref A}}\n"));
}

#[test]
fn snapshots_are_of_what_has_some() {
    let policy = |resource_type: &str, policy: &str| {
        only("snapshot-of-nothing", &format!("  A: {{Type: '{resource_type}', {policy}: Snapshot}}\n"))
    };
    assert!(policy("AWS::Kinesis::Stream", "DeletionPolicy"));
    assert!(policy("AWS::DynamoDB::Table", "UpdateReplacePolicy"));
    assert!(!policy("AWS::RDS::DBInstance", "DeletionPolicy"));
    assert!(!policy("AWS::Redshift::Cluster", "DeletionPolicy"));
    assert!(!policy("Acme::Data::Store", "DeletionPolicy"), "nobody knows");
}

#[test]
fn data_is_kept_by_both_policies() {
    let stream =
        |policies: &str| only("deleted-with-data", &format!("  A: {{Type: 'AWS::Kinesis::Stream'{policies}}}\n"));
    assert!(stream(""));
    assert!(stream(", DeletionPolicy: Retain"));
    assert!(stream(", UpdateReplacePolicy: Retain"));
    assert!(!stream(", DeletionPolicy: Retain, UpdateReplacePolicy: Retain"));
    assert!(!stream(", DeletionPolicy: Delete, UpdateReplacePolicy: Delete"), "said");
    assert!(!only("deleted-with-data", "  A: {Type: 'AWS::SNS::Topic'}\n"));
}

#[test]
fn names_of_buckets_leave_room_for_others() {
    let bucket = |name: &str| {
        only("fixed-bucket-name", &format!("  A: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {name}}}}}\n"))
    };
    assert!(bucket("rides"));
    assert!(!bucket("rides-111122223333"));
    assert!(!bucket("!Sub 'rides-${AWS::AccountId}'"));
    assert!(!bucket("'{{resolve:ssm:/rides/bucket}}'"));
    assert!(!bucket("!Ref AWS::NoValue"));
}

#[test]
fn templates_have_limits() {
    let references = |count: usize| {
        let values: String = (0..count)
            .map(|index| {
                format!(
                    "  P{index}: {{Type: 'AWS::SSM::Parameter', Properties: {{Value: '{{{{resolve:ssm:/a}}}}'}}}}\n"
                )
            })
            .collect();
        offences(&in_template(&format!("Resources:\n{values}")), &["stack"])
    };
    assert_eq!(references(60), [""; 0]);
    assert_eq!(references(61), ["too-large"]);
    let long = |bytes: usize| {
        let text = format!("Resources:\n  A: {{Type: 'AWS::SNS::Topic'}}\n# {}\n", "注".repeat(bytes / 3));
        offences(&in_template(&text), &["stack"])
    };
    assert_eq!(long(1_048_000), [""; 0]);
    assert_eq!(long(1_049_000), ["too-large"]);
}

#[test]
fn parts_are_used_in_many_ways() {
    let unused = |head: &str, properties: &str| {
        let template = format!("{head}Resources:\n  A: {{Type: 'AWS::SNS::Topic', Properties: {{{properties}}}}}\n");
        offences(&in_template(&template), &["stack"]) == ["unused-part"]
    };
    let parameter = "Parameters: {Name: {Type: String}}\n";
    assert!(unused(parameter, ""));
    assert!(!unused(parameter, "TopicName: !Ref Name"));
    assert!(!unused(parameter, "TopicName: !Sub 'a-${Name}'"));
    assert!(unused(parameter, "TopicName: !Sub 'a-${!Name}'"));
    let mapping = "Mappings: {Sizes: {prod: {Shards: 4}}}\n";
    assert!(unused(mapping, ""));
    assert!(!unused(mapping, "DisplayName: !FindInMap [Sizes, prod, Shards]"));
    assert!(!unused(mapping, "DisplayName: !FindInMap [!Ref AWS::Region, prod, Shards]"));
    let condition = "Conditions: {Big: !Equals [!Ref AWS::Region, eu-west-1]}\n";
    assert!(unused(condition, ""));
    assert!(!unused(condition, "DisplayName: !If [Big, a, b]"));
}
