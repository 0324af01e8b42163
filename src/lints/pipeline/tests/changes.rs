//! How pipelines learn of changes.

use super::running::found;

const RULE: &str = r#"
  Changed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [Object Created], detail: {bucket: {name: [BUCKET]}}}
      Targets: [{Id: a, Arn: TARGET, RoleArn: !ImportValue start}]
"#;

/// A pipeline that reads a bucket, with the bucket's properties, the settings of the source, and further resources.
fn reads(bucket: &str, settings: &str, more: &str) -> String {
    format!(
        r#"
Parameters: {{Name: {{Type: String}}, Poll: {{Type: String}}}}
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {{{bucket}}}
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      PipelineType: V2
      Name: !Ref Name
      RoleArn: !ImportValue delivery-role-arn
      ArtifactStore: {{Type: S3, Location: !ImportValue delivery-artifacts}}
      Stages:
        - Name: Source
          Actions:
            - Name: Code
              ActionTypeId: {{Category: Source, Owner: AWS, Provider: S3, Version: "1"}}
              Configuration: {{S3Bucket: !Ref Uploads, S3ObjectKey: a.zip{settings}}}
              OutputArtifacts: [{{Name: Code}}]
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: {{Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}}
              Configuration: {{ProjectName: trips}}
              InputArtifacts: [{{Name: Code}}]
{more}
"#
    )
}

const VERSIONED: &str = "VersioningConfiguration: {Status: Enabled}";
const SENDS: &str =
    "VersioningConfiguration: {Status: Enabled}, NotificationConfiguration: {EventBridgeConfiguration: {}}";

fn rule(bucket: &str, target: &str) -> String {
    RULE.replace("BUCKET", bucket).replace("TARGET", target)
}

#[test]
fn a_rule_is_known_by_a_reference_or_by_the_name_of_the_pipeline() {
    for target in [
        "!Sub 'arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${Delivery}'",
        "!Sub 'arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${Name}'",
        "!Join [':', [arn, aws, codepipeline, !Ref AWS::Region, !Ref AWS::AccountId, !Ref Delivery]]",
        "!Join ['', ['arn:aws:codepipeline:', !Ref AWS::Region, ':', !Ref AWS::AccountId, ':', !Ref Name]]",
    ] {
        let rule = rule("!Ref Uploads", target);
        let silent = reads(SENDS, ", PollForSourceChanges: false", &rule);
        assert_eq!(found(&silent), [""; 0], "{target}");
        assert_eq!(found(&reads(SENDS, "", &rule)), ["pipeline/polls-and-listens"], "{target}");
    }
}

#[test]
fn what_may_start_the_pipeline_keeps_never_starts_silent() {
    let stopped = ", PollForSourceChanges: 'false'";
    assert_eq!(found(&reads(SENDS, stopped, "")), ["pipeline/never-starts"]);
    for more in [
        rule("!Ref Uploads", "!ImportValue pipeline-arn"),
        rule("!Ref Uploads", "arn:aws:codepipeline:us-east-1:111122223333:other"),
        "  Starter: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {PIPELINE: !Ref Delivery}}}}"
            .to_owned(),
    ] {
        assert_eq!(found(&reads(SENDS, stopped, &more)), [""; 0], "{more}");
    }
    let elsewhere = reads(SENDS, stopped, "").replace("S3Bucket: !Ref Uploads", "S3Bucket: !ImportValue uploads");
    assert_eq!(found(&elsewhere), [""; 0]);
    assert_eq!(found(&reads(SENDS, ", PollForSourceChanges: !Ref Poll", "")), [""; 0]);
}

#[test]
fn a_rule_for_another_bucket_does_not_double_the_start() {
    let rule = rule("!ImportValue configuration", "!GetAtt Delivery.Arn");
    assert_eq!(found(&reads(SENDS, "", &rule)), [""; 0]);
}

#[test]
fn a_bucket_that_something_else_configures_may_send_events() {
    let rule = rule("!Ref Uploads", "!GetAtt Delivery.Arn");
    let stopped = ", PollForSourceChanges: false";
    assert_eq!(found(&reads(VERSIONED, stopped, &rule)), ["events/bucket-sends-no-events"]);
    let custom = "  Notify: {Type: Custom::S3BucketNotifications, Properties: {ServiceToken: !ImportValue n, BucketName: !Ref Uploads}}";
    assert_eq!(found(&reads(VERSIONED, stopped, &format!("{rule}{custom}"))), [""; 0]);
}

#[test]
fn versioning_may_be_decided_at_deployment() {
    assert_eq!(found(&reads("BucketName: uploads", "", "")), ["pipeline/unversioned-source-bucket"]);
    assert_eq!(found(&reads("VersioningConfiguration: {Status: !Ref Poll}", "", "")), [""; 0]);
    assert_eq!(found(&reads(VERSIONED, "", "")), [""; 0]);
}
