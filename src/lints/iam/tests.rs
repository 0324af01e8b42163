//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

mod services;

use crate::lints::tests::{in_template, rules, with_resources};

/// The names of the rules about roles, policies and keys that find something in a template.
fn found(resources: &str) -> Vec<&'static str> {
    let template = with_resources(&format!(
        "  Lake: {{Type: AWS::S3::Bucket, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}}
  Trips: {{Type: AWS::Kinesis::Stream, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}}
{resources}"
    ));
    let mut names = rules(&in_template(&template), &["iam", "kms", "events", "flink", "firehose"]);
    let own = |name: &str| !["flink/", "firehose/"].iter().any(|area| name.starts_with(area));
    names.retain(|name| own(name) || name.ends_with("/missing-permission"));
    names
}

const CLEAN: &[&str] = &[];

/// A role for a service, with statements in flow style.
fn role(service: &str, statements: &str) -> String {
    format!(
        "  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Action: sts:AssumeRole, Principal: {{Service: {service}}}}}]
      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{statements}]}}}}]
"
    )
}

fn statement(action: &str, resource: &str) -> String {
    format!("{{Effect: Allow, Action: {action}, Resource: {resource}}}")
}

#[test]
fn actions_are_those_of_their_service() {
    for action in [
        "'kinesis:GetRecords'",
        "'KINESIS:getrecords'",
        "'kinesis:Get*'",
        "'*'",
        "!Ref Given",
        "!Sub '${Given}:Get*'",
        "'appsync:GraphQL'",
        "'SNS:Receive'",
        "[s3:GetObject, !If [IsProd, s3:PutObject, !Ref AWS::NoValue]]",
    ] {
        let found = found(&role("lambda.amazonaws.com", &statement(action, "!Ref Given")));
        assert_eq!(found, CLEAN, "{action}");
    }
    for action in ["kinesis:GetRecord", "'kinesis:Fetch*'", "kinesi:GetRecords", "GetRecords"] {
        let found = found(&role("lambda.amazonaws.com", &statement(action, "!Ref Given")));
        assert_eq!(found, ["iam/unknown-action"], "{action}");
    }
}

#[test]
fn actions_fit_their_resources() {
    for (action, resource) in [
        ("s3:GetObject", "!GetAtt Lake.Arn"),
        ("s3:GetObject", "!Sub 'arn:aws:s3:::${Lake}'"),
        ("s3:ListBucket", "!Join ['', [!GetAtt Lake.Arn, '/*']]"),
        ("kinesis:SubscribeToShard", "!GetAtt Trips.Arn"),
        ("kinesis:GetRecords", "!Sub '${Trips.Arn}/consumer/*'"),
        ("kms:Decrypt", "!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/lake'"),
        ("states:DescribeExecution", "'arn:aws:states:eu-west-1:111122223333:stateMachine:rides'"),
        ("sqs:SendMessage", "!GetAtt Trips.Arn"),
        ("secretsmanager:GetSecretValue", "'arn:aws:ssm:eu-west-1:111122223333:parameter/key'"),
    ] {
        let found = found(&role("lambda.amazonaws.com", &statement(action, resource)));
        assert_eq!(found, ["iam/action-resource-mismatch"], "{action} {resource}");
    }
    for (action, resource) in [
        ("[s3:GetObject, s3:ListBucket]", "[!GetAtt Lake.Arn, !Sub '${Lake.Arn}/*']"),
        ("s3:GetObject", "!Sub '${Lake.Arn}*'"),
        ("s3:GetObject", "!Sub 'arn:aws:s3:::${Given}'"),
        ("s3:GetObject", "!If [IsProd, !GetAtt Lake.Arn, !Sub '${Lake.Arn}/*']"),
        ("s3:GetObject", "!ImportValue lake-objects"),
        ("s3:ListBucket", "'arn:aws:s3:::lake*'"),
        ("kinesis:SubscribeToShard", "!Sub '${Trips.Arn}/consumer/*'"),
        ("kinesis:SubscribeToShard", "'arn:aws:kinesis:*:*:*'"),
        ("logs:DescribeLogGroups", "'arn:aws:logs:eu-west-1:111122223333:log-group:*'"),
        ("logs:PutLogEvents", "'arn:aws:logs:*:*:*'"),
        ("dynamodb:GetRecords", "'arn:aws:dynamodb:eu-west-1:111122223333:table/rides/stream/*'"),
    ] {
        let found = found(&role("lambda.amazonaws.com", &statement(action, resource)));
        assert_eq!(found, CLEAN, "{action} {resource}");
    }
}

#[test]
fn grants_of_the_cdk_are_left_alone() {
    let policy = |id: &str, metadata: &str| {
        let statement = statement("kinesis:SubscribeToShard", "!GetAtt Trips.Arn");
        let properties = format!("{{PolicyName: p, Roles: [r], PolicyDocument: {{Statement: [{statement}]}}}}");
        found(&format!("  {id}: {{Type: 'AWS::IAM::Policy', {metadata} Properties: {properties}}}\n"))
    };
    assert_eq!(policy("ReaderPolicy", ""), ["iam/action-resource-mismatch"]);
    assert_eq!(policy("ReaderPolicy", "Metadata: {'aws:cdk:path': a/b},"), CLEAN);
    assert_eq!(policy("ReaderServiceRoleDefaultPolicyCBBE2C2A", ""), CLEAN);
    assert_eq!(policy("DefaultPolicy", ""), ["iam/action-resource-mismatch"]);
}

#[test]
fn a_bucket_policy_is_held_against_its_resources() {
    let policy = |resource: &str| {
        format!(
            "  Closed:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Lake
      PolicyDocument:
        Statement: [{{Effect: Deny, Principal: '*', Action: s3:PutObject, Resource: {resource}}}]
"
        )
    };
    assert_eq!(found(&policy("!GetAtt Lake.Arn")), ["iam/action-resource-mismatch"]);
    assert_eq!(found(&policy("!Sub '${Lake.Arn}/*'")), CLEAN);
}

#[test]
fn wide_statements_are_meant_only_without_a_condition() {
    for (statements, expected) in [
        ("{Effect: Allow, Action: [s3:GetObject, '*'], Resource: ['*']}", &["iam/wildcard-administrator"][..]),
        ("{Effect: Allow, Action: 'iam:*', Resource: '*'}", &["iam/wildcard-administrator"]),
        ("{Effect: Deny, Action: '*', Resource: '*'}", CLEAN),
        (
            "{Effect: Allow, Action: '*', Resource: '*', Condition: {Bool: {'aws:MultiFactorAuthPresent': 'true'}}}",
            CLEAN,
        ),
        ("{Effect: Allow, Action: 'kinesis:*', Resource: '*'}", CLEAN),
        ("{Effect: Allow, Action: [iam:PassRole, s3:GetObject], Resource: '*'}", &["iam/pass-any-role"]),
        (
            "{Effect: Allow, Action: iam:PassRole, Resource: '*', Condition: {StringEquals: {'iam:PassedToService': x}}}",
            CLEAN,
        ),
    ] {
        assert_eq!(found(&role("lambda.amazonaws.com", statements)), expected, "{statements}");
    }
}

#[test]
fn a_role_is_handed_to_a_service_that_it_trusts() {
    let rule = "  Rule:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets: [{Id: a, Arn: !Ref Given, RoleArn: !GetAtt Role.Arn}]
";
    let statements = statement("kinesis:PutRecord", "!GetAtt Trips.Arn");
    for service in [
        "events.amazonaws.com",
        "[lambda.amazonaws.com, events.amazonaws.com]",
        "!Sub 'events.${AWS::URLSuffix}'",
        "!Ref Given",
        "!If [IsProd, events.amazonaws.com, lambda.amazonaws.com]",
    ] {
        assert_eq!(found(&(role(service, &statements) + rule)), CLEAN, "{service}");
    }
    for service in ["lambda.amazonaws.com", "[lambda.amazonaws.com, !Sub 'firehose.${AWS::URLSuffix}']"] {
        assert_eq!(found(&(role(service, &statements) + rule)), ["iam/trust-principal"], "{service}");
    }
}
