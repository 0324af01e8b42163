//! What actions read, where they run and what they answer.

use super::running::found;

/// A pipeline with a single source over a connection, these further properties, stages and resources.
fn pipeline(properties: &str, stages: &str, more: &str) -> String {
    format!(
        r#"
Parameters: {{Account: {{Type: String}}, Token: {{Type: String}}, Hidden: {{Type: String, NoEcho: true}}}}
Conditions: {{Abroad: !Equals [!Ref Account, "1"]}}
Resources:
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      {properties}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {{Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}}
              Configuration: {{ConnectionArn: !ImportValue git, FullRepositoryId: example/trips, BranchName: main}}
              OutputArtifacts: [{{Name: Code}}]
{stages}
{more}
"#
    )
}

const PLAIN: &str = "RoleArn: !ImportValue delivery
      ArtifactStore: {Type: S3, Location: !ImportValue artifacts}";

fn stage(name: &str, actions: &[String]) -> String {
    format!("        - {{Name: {name}, Actions: [{}]}}\n", actions.join(", "))
}

fn action(category: &str, provider: &str, configuration: &str, more: &str) -> String {
    let kind = format!("{{Category: {category}, Owner: AWS, Provider: {provider}, Version: '1'}}");
    format!("{{Name: {provider}, ActionTypeId: {kind}, Configuration: {{{configuration}}}{more}}}")
}

fn deploy(role: &str, more: &str) -> String {
    let configuration =
        format!("ActionMode: CREATE_UPDATE, StackName: trips, TemplatePath: 'Code::t.yaml', RoleArn: {role}");
    action("Deploy", "CloudFormation", &configuration, &format!(", InputArtifacts: [{{Name: Code}}]{more}"))
}

#[test]
fn a_region_needs_a_store_only_when_it_is_surely_another() {
    let one = |region: &str| deploy("!ImportValue r", &format!(", Region: {region}"));
    let with = |properties: &str, regions: &[&str]| {
        let actions: Vec<_> = regions.iter().map(|region| one(region)).collect();
        found(&pipeline(properties, &stage("Deploy", &actions), ""))
    };
    assert_eq!(with(PLAIN, &["us-east-1"]), [""; 0]);
    assert_eq!(with(PLAIN, &["us-east-1", "!Ref AWS::Region"]), [""; 0]);
    assert_eq!(with(PLAIN, &["us-east-1", "eu-west-1"]), ["pipeline/cross-region-store"]);
    let stores = "RoleArn: !ImportValue delivery
      ArtifactStores:
        - {Region: !Ref AWS::Region, ArtifactStore: {Type: S3, Location: !ImportValue a}}
        - {Region: eu-west-1, ArtifactStore: {Type: S3, Location: !ImportValue b}}";
    assert_eq!(with(stores, &["us-east-1", "eu-west-1"]), [""; 0]);
    assert_eq!(with(stores, &["us-east-1", "ap-south-1"]), ["pipeline/cross-region-store"]);
}

#[test]
fn accounts_are_compared_only_where_they_are_written() {
    let own = "RoleArn: arn:aws:iam::111122223333:role/delivery
      ArtifactStore: {Type: S3, Location: !ImportValue artifacts, EncryptionKey: {Type: KMS, Id: KEY}}";
    let with = |key: &str, act: &str, role: &str| {
        let stages = stage("Deploy", &[deploy(role, &format!(", RoleArn: {act}"))]);
        found(&pipeline(
            &own.replace("KEY", key),
            &stages,
            "  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/a, TargetKeyId: !ImportValue k}}",
        ))
    };
    let foreign = "!Sub 'arn:${AWS::Partition}:iam::444455556666:role/access'";
    let joined = "!Join ['', ['arn:', !Ref AWS::Partition, ':iam::444455556666:role/access']]";
    for act in [foreign, joined] {
        assert_eq!(with("!ImportValue key-arn", act, foreign), [""; 0]);
        assert_eq!(with("alias/delivery", act, foreign), ["pipeline/cross-account-key"]);
        assert_eq!(with("!Ref Alias", act, foreign), ["pipeline/cross-account-key"]);
    }
    let parameter = "!Sub 'arn:aws:iam::${Account}:role/access'";
    assert_eq!(with("alias/delivery", parameter, foreign), [""; 0]);
    assert_eq!(with("alias/delivery", "arn:aws:iam::111122223333:role/access", parameter), [""; 0]);
    let domestic = "arn:aws:iam::111122223333:role/deploy";
    assert_eq!(with("!ImportValue key-arn", foreign, domestic), ["pipeline/cross-account-role"]);
}

#[test]
fn approvals_tell_topics() {
    let with = |configuration: &str| {
        let more = "  Topic: {Type: AWS::SNS::Topic}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !ImportValue u}}
  Work: {Type: AWS::SQS::Queue}";
        let approve = action("Approval", "Manual", configuration, "");
        found(&pipeline(PLAIN, &stage("Approve", &[approve]), more))
    };
    for right in [
        "NotificationArn: !Ref Topic",
        "NotificationArn: !GetAtt Nested.Outputs.Topic",
        "NotificationArn: !Ref Account",
        "NotificationArn: !Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:a'",
        "ExternalEntityLink: '#{Code.Link}'",
        "ExternalEntityLink: !Sub 'https://${Account}'",
    ] {
        assert_eq!(with(right), [""; 0], "{right}");
    }
    for wrong in ["NotificationArn: !GetAtt Work.Arn", "NotificationArn: approvals", "ExternalEntityLink: wiki/deploy"]
    {
        assert_eq!(with(wrong), ["pipeline/approval-configuration"], "{wrong}");
    }
}

#[test]
fn functions_that_may_answer_are_silent() {
    let with = |properties: &str| {
        let more = format!("  Smoke: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}");
        let invoke = action("Invoke", "Lambda", "FunctionName: !Ref Smoke", "");
        found(&pipeline(PLAIN, &stage("Check", &[invoke]), &more))
    };
    for right in [
        "Code: {ZipFile: 'await client.send(new PutJobSuccessResultCommand({jobId}))'}",
        "Code: {ZipFile: !Sub 'codepipeline.putJobFailureResult({jobId}) // ${Account}'}",
        "Code: {ZipFile: 'states.start_execution(input=event)'}",
        "Code: {ZipFile: 'import helper'}, Layers: [!ImportValue helper]",
        "Code: {S3Bucket: !ImportValue b, S3Key: k}",
        "Code: {ZipFile: !Join ['', [!ImportValue code]]}",
    ] {
        assert_eq!(with(right), [""; 0], "{right}");
    }
    let joined = r#"Code: {ZipFile: !Join ["\n", ["def handler(event, context):", "  return 1"]]}"#;
    assert_eq!(with(joined), ["pipeline/unanswered-invocation"]);
}

#[test]
fn json_may_hold_variables() {
    let lambda = |text: &str| action("Invoke", "Lambda", &format!("FunctionName: f, UserParameters: {text}"), "");
    let machine =
        |text: &str| action("Invoke", "StepFunctions", &format!("StateMachineArn: !ImportValue m, {text}"), "");
    let with = |action: String| found(&pipeline(PLAIN, &stage("Check", &[action]), ""));
    assert_eq!(with(lambda(r##"'{"a": #{Code.Count}, "b": "#{Code.CommitId}"}'"##)), [""; 0]);
    assert_eq!(with(lambda("plain text")), [""; 0]);
    assert_eq!(with(lambda("!Sub '{\"a\": ${Account}}'")), [""; 0]);
    assert_eq!(with(lambda("'[1, 2'")), ["pipeline/user-parameters"]);
    assert_eq!(with(machine("Input: '{\"a\": 1}'")), [""; 0]);
    assert_eq!(with(machine("InputType: !Ref Account, Input: a.json")), [""; 0]);
    assert_eq!(with(machine("Input: a.json")), ["pipeline/state-machine-input"]);
    assert_eq!(with(machine("InputType: FilePath, Input: a.json")), ["pipeline/state-machine-input"]);
}

#[test]
fn a_token_may_be_hidden() {
    let with = |token: &str| {
        let configuration = format!("Owner: e, Repo: t, Branch: b, OAuthToken: {token}");
        let source = action("Source", "GitHub", &configuration, ", OutputArtifacts: [{Name: More}]");
        found(&pipeline(PLAIN, &stage("More", &[source.replace("Owner: AWS", "Owner: ThirdParty")]), ""))
    };
    assert_eq!(with("!Ref Hidden"), ["pipeline/github-by-token"]);
    assert_eq!(with("'{{resolve:secretsmanager:a}}'"), ["pipeline/github-by-token"]);
    assert_eq!(with("!Ref Token"), ["pipeline/github-by-token", "pipeline/personal-token"]);
}

#[test]
fn artifacts_and_variables_that_something_may_read_are_silent() {
    let build = |more: &str| {
        action("Build", "CodeBuild", "ProjectName: trips", &format!(", InputArtifacts: [{{Name: Code}}]{more}"))
    };
    let with = |properties: &str, actions: &[String]| {
        found(&pipeline(&format!("{PLAIN}\n      {properties}"), &stage("Build", actions), ""))
    };
    let makes = ", OutputArtifacts: [{Name: Built}]";
    assert_eq!(with("", &[build(makes)]), [""; 0]);
    let later = action("Test", "CodeBuild", "ProjectName: t", ", RunOrder: 2, InputArtifacts: [{Name: Code}]");
    assert_eq!(with("", &[build(makes), later.clone()]), ["pipeline/unused-artifact"]);
    let reads = action("Test", "CodeBuild", "ProjectName: t", ", InputArtifacts: [{Name: !Ref Account}]");
    assert_eq!(with("", &[build(makes), later.clone(), reads]), [""; 0]);
    assert_eq!(with("", &[format!("!If [Abroad, {}, {}]", build(makes), build("")), later]), [""; 0]);
    let variable = "Variables: [{Name: Size, DefaultValue: a}]";
    let says = |text: &str| action("Test", "CodeBuild", &format!("ProjectName: {text}"), "");
    assert_eq!(with(variable, &[says("'#{variables.Size}'")]), [""; 0]);
    assert_eq!(with(variable, &[says("!Sub '${Account}-#{variables.Size}'")]), [""; 0]);
    assert_eq!(with(variable, &[says("!Sub '#{variables.${Account}}'")]), [""; 0]);
    assert_eq!(with(variable, &[says("'#{variables.Sizes}'")]), ["pipeline/unused-variable"]);
}
