use super::*;
use crate::source::SourceFile;

fn template(role: &str, more: &str) -> Stack {
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Given: {{Type: String}}
Conditions:
  IsProd: !Equals [!Ref Given, prod]
Resources:
  Trips: {{Type: AWS::Kinesis::Stream, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}}
  Fares: {{Type: AWS::Kinesis::Stream, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {{Effect: Allow, Action: sts:AssumeRole, Principal: {{Service: [!Sub 'lambda.${{AWS::URLSuffix}}']}}}}
{role}
{more}"
    );
    let lifted = crate::template::lift(&SourceFile::new("template.yaml", text.as_str()));
    assert!(lifted.diagnostics.is_empty(), "{:?}", lifted.diagnostics);
    lifted.stack
}

fn inline(statement: &str) -> String {
    format!("      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{statement}]}}}}]")
}

fn may_read_trips(stack: &Stack) -> Option<Allowed> {
    let (id, resource) = stack.resources.get_key_value("Reader")?;
    let role = of(Site { stack, id, resource });
    let trips = arn::of_resource(stack, "Trips");
    Some(role.may(&Asked { action: "kinesis:GetRecords", resource: trips.as_deref() }))
}

#[test]
fn what_a_statement_allows() {
    for (statement, expected) in [
        ("{Effect: Allow, Action: 'kinesis:Get*', Resource: !GetAtt Trips.Arn}", Allowed::Yes),
        ("{Effect: Allow, Action: ['KINESIS:getrecords'], Resource: '*'}", Allowed::Yes),
        (
            "{Effect: Allow, Action: 'kinesis:*', Resource: !Sub 'arn:aws:kinesis:${AWS::Region}:1:stream/${Trips}'}",
            Allowed::Unknown,
        ),
        (
            "{Effect: Allow, Action: 'kinesis:*', Resource: !Join ['', ['arn:', !Ref AWS::Partition, ':kinesis:*:*:stream/', !Ref Trips]]}",
            Allowed::Yes,
        ),
        ("{Effect: Allow, Action: 'kinesis:GetRecords', Resource: !GetAtt Fares.Arn}", Allowed::No),
        ("{Effect: Allow, Action: 'kinesis:PutRecord', Resource: !GetAtt Trips.Arn}", Allowed::No),
        ("{Effect: Allow, Action: 'kinesis:GetRecords', Resource: !Ref Given}", Allowed::Unknown),
        ("{Effect: Allow, NotAction: 'iam:*', Resource: '*'}", Allowed::Yes),
        ("{Effect: Allow, NotAction: 'kinesis:*', Resource: '*'}", Allowed::No),
        (
            "{Effect: Allow, Action: 'kinesis:*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': 'true'}}}",
            Allowed::Unknown,
        ),
        ("{Effect: Allow, Action: !If [IsProd, 's3:*', 'kinesis:*'], Resource: '*'}", Allowed::Unknown),
        ("!If [IsProd, {Effect: Allow, Action: 'kinesis:*', Resource: '*'}, !Ref AWS::NoValue]", Allowed::Unknown),
        (
            "{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: 'kinesis:*', Resource: '*'}",
            Allowed::No,
        ),
        (
            "{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', Resource: !Ref Given}",
            Allowed::Unknown,
        ),
    ] {
        assert_eq!(may_read_trips(&template(&inline(statement), "")), Some(expected), "{statement}");
    }
}

#[test]
fn policies_stand_in_many_places() {
    let document = "PolicyDocument: {Statement: [{Effect: Allow, Action: 'kinesis:*', Resource: '*'}]}";
    for (role, more, expected) in [
        ("", String::new(), Allowed::No),
        ("      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']", String::new(), Allowed::Yes),
        (
            "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']",
            String::new(),
            Allowed::No,
        ),
        ("      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']", String::new(), Allowed::Unknown),
        ("      ManagedPolicyArns: !Ref Given", String::new(), Allowed::Unknown),
        (
            "",
            format!("  P: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: p, Roles: [!Ref Reader], {document}}}}}"),
            Allowed::Yes,
        ),
        (
            "",
            format!(
                "  P: {{Type: AWS::IAM::Policy, Condition: IsProd, Properties: {{PolicyName: p, Roles: [!Ref Reader], {document}}}}}"
            ),
            Allowed::Unknown,
        ),
        (
            "",
            format!(
                "  P: {{Type: AWS::IAM::RolePolicy, Properties: {{PolicyName: p, RoleName: !Ref Reader, {document}}}}}"
            ),
            Allowed::Yes,
        ),
        (
            "      ManagedPolicyArns: [!Ref P]",
            format!("  P: {{Type: AWS::IAM::ManagedPolicy, Properties: {{{document}}}}}"),
            Allowed::Yes,
        ),
        (
            "",
            "  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: x, Parameters: {R: !Ref Reader}}}"
                .to_owned(),
            Allowed::Unknown,
        ),
    ] {
        assert_eq!(may_read_trips(&template(role, &more)), Some(expected), "{role} {more}");
    }
}

#[test]
fn who_may_take_on_a_role() {
    let stack = template("", "");
    let role = stack.resources.get_key_value("Reader").map(|(id, resource)| of(Site { stack: &stack, id, resource }));
    for (service, expected) in [("lambda.amazonaws.com", Allowed::Yes), ("firehose.amazonaws.com", Allowed::No)] {
        assert_eq!(role.as_ref().map(|role| role.trusts(service)), Some(expected), "{service}");
    }
}
