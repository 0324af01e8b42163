//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_template, offences};

/// The names of the rules of this area that find something in a template, without the area.
fn found(template: &str) -> Vec<&'static str> {
    offences(&in_template(template), &["flink"])
}

const HEAD: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Given: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Given, prod]
";

const BUCKET: &str = "
  Bucket: {Type: 'AWS::S3::Bucket'}
";

/// An application with code, these properties, and this below `ApplicationConfiguration`, in flow style.
fn application(properties: &str, configuration: &str) -> String {
    let code = "ApplicationCodeConfiguration: {CodeContentType: ZIPFILE, CodeContent: {S3ContentLocation: \
                {BucketARN: 'arn:aws:s3:::acme-builds', FileKey: rider-4f1c2a7.jar}}}";
    with_code(code, properties, configuration)
}

fn with_code(code: &str, properties: &str, configuration: &str) -> String {
    let runtime = if properties.contains("RuntimeEnvironment") { "" } else { "RuntimeEnvironment: FLINK-1_20, " };
    format!(
        "{HEAD}Resources:
  Rider:
    Type: AWS::KinesisAnalyticsV2::Application
    Properties: {{{runtime}ServiceExecutionRole: !Ref Given, {properties}
      ApplicationConfiguration: {{{code}, {configuration}}}}}
"
    )
}

/// An application whose code is at this place in S3, and further resources.
fn located(location: &str, more: &str) -> String {
    let code = format!(
        "ApplicationCodeConfiguration: {{CodeContentType: ZIPFILE, CodeContent: {{S3ContentLocation: {{{location}}}}}}}"
    );
    with_code(&code, "", "") + more
}

fn job(block: &str, settings: &str) -> String {
    application("", &format!("FlinkApplicationConfiguration: {{{block}: {{{settings}}}}}"))
}

const CLEAN: &[&str] = &[];

#[test]
fn what_is_decided_at_deployment_is_left_alone() {
    for configuration in [
        "",
        "ApplicationSnapshotConfiguration: {SnapshotsEnabled: !If [IsProd, true, false]}",
        "ApplicationSnapshotConfiguration: !If [IsProd, {SnapshotsEnabled: true}, {SnapshotsEnabled: false}]",
        "ApplicationSystemRollbackConfiguration: {RollbackEnabled: true}",
        "ApplicationEncryptionConfiguration: {KeyType: CUSTOMER_MANAGED_KEY, KeyId: !Ref Given}",
        "ApplicationEncryptionConfiguration: {KeyType: !Ref Given}",
        "ApplicationEncryptionConfiguration: {KeyType: AWS_OWNED_KEY, KeyId: !Ref AWS::NoValue}",
        "EnvironmentProperties: {PropertyGroups: [{PropertyGroupId: A, PropertyMap: !Ref Given}]}",
        "EnvironmentProperties: {PropertyGroups: [!If [IsProd, {PropertyGroupId: A, PropertyMap: {a: b}}, \
         {PropertyGroupId: A, PropertyMap: {a: c}}], !If [IsProd, !Ref AWS::NoValue, {PropertyGroupId: A, PropertyMap: {a: c}}]]}",
    ] {
        assert_eq!(found(&application("", configuration)), CLEAN, "{configuration}");
    }
    for properties in [
        "RuntimeEnvironment: !Ref Given,",
        "RuntimeEnvironment: FLINK-1_20, ApplicationMode: !Ref Given,",
        "RunConfiguration: {ApplicationRestoreConfiguration: {ApplicationRestoreType: !Ref Given}},",
        "RunConfiguration: {FlinkRunConfiguration: {AllowNonRestoredState: false}},",
        "RunConfiguration: {ApplicationRestoreConfiguration: !If [IsProd, !Ref AWS::NoValue, \
         {ApplicationRestoreType: SKIP_RESTORE_FROM_SNAPSHOT}]},",
        "RunConfiguration: {ApplicationRestoreConfiguration: {ApplicationRestoreType: RESTORE_FROM_LATEST_SNAPSHOT, \
         SnapshotName: !Ref AWS::NoValue}},",
    ] {
        assert_eq!(found(&application(properties, "")), CLEAN, "{properties}");
    }
}

#[test]
fn state_is_lost_in_several_ways() {
    for (properties, expected) in [
        (
            "RunConfiguration: {ApplicationRestoreConfiguration: {ApplicationRestoreType: RESTORE_FROM_CUSTOM_SNAPSHOT, \
             SnapshotName: before}},",
            "restore-left-in",
        ),
        ("RunConfiguration: {FlinkRunConfiguration: {AllowNonRestoredState: true}},", "restore-left-in"),
        (
            "RunConfiguration: {ApplicationRestoreConfiguration: {ApplicationRestoreType: RESTORE_FROM_LATEST_SNAPSHOT, \
             SnapshotName: before}},",
            "unnamed-snapshot",
        ),
        ("RuntimeEnvironment: SQL-1_0,", "retired-runtime"),
        ("RuntimeEnvironment: FLINK-2_2, ApplicationMode: INTERACTIVE,", "notebook-mode"),
        ("RuntimeEnvironment: ZEPPELIN-FLINK-3_0,", "notebook-mode"),
    ] {
        assert_eq!(found(&application(properties, "")), [expected], "{properties}");
    }
    let off = "ApplicationSnapshotConfiguration: {SnapshotsEnabled: 'false'}";
    assert_eq!(found(&application("", off)), ["no-snapshots"]);
    assert_eq!(
        found(&application("ApplicationMode: INTERACTIVE, RuntimeEnvironment: ZEPPELIN-FLINK-3_0,", off)),
        CLEAN
    );
}

#[test]
fn a_key_tells_the_build_or_the_version_of_the_object_does() {
    let key = |key: &str| located(&format!("BucketARN: 'arn:aws:s3:::acme-builds', FileKey: {key}"), "");
    for same in [
        "app.jar",
        "builds/java11/app.jar",
        "builds/app-1.0-SNAPSHOT.jar",
        "'app-latest.jar'",
        "!Sub '${AWS::StackName}/app.jar'",
        "!If [IsProd, app.jar, !Ref Given]",
    ] {
        assert_eq!(found(&key(same)), ["same-code-key"], "{same}");
    }
    for changing in [
        "app-1.4.2.jar",
        "app-v12.jar",
        "20261120/app.jar",
        "abc123de4f.jar",
        "!Ref Given",
        "!Sub '${Given}/app.jar'",
        "!Join ['/', [builds, !Ref Given]]",
        "'{{resolve:ssm:/release/app}}'",
        "app.jar, ObjectVersion: !Ref Given",
    ] {
        assert_eq!(found(&key(changing)), CLEAN, "{changing}");
    }
}

#[test]
fn the_bucket_is_another_stacks_and_its_arn_is_whole() {
    let bucket = |arn: &str, more: &str| {
        found(&located(&format!("BucketARN: {arn}, FileKey: !Ref Given"), &format!("{BUCKET}{more}")))
    };
    for arn in ["!GetAtt Bucket.Arn", "!Sub 'arn:aws:s3:::${Bucket}'", "!Join ['', ['arn:aws:s3:::', !Ref Bucket]]"] {
        assert_eq!(bucket(arn, ""), ["code-bucket-in-same-stack"], "{arn}");
        assert_eq!(bucket(arn, "  Upload: {Type: 'Custom::Upload', Properties: {ServiceToken: !Ref Given}}\n"), CLEAN);
    }
    for name in ["!Ref Bucket", "!Sub '${Bucket}'"] {
        assert_eq!(bucket(name, ""), ["code-bucket-in-same-stack", "not-the-arn-of-a-bucket"], "{name}");
    }
    assert_eq!(bucket("!Sub 'arn:${AWS::Partition}:s3:::${Given}/jars'", ""), ["not-the-arn-of-a-bucket"]);
    for arn in ["!Ref Given", "!ImportValue Code", "!Sub 'arn:${AWS::Partition}:s3:::${Given}'"] {
        assert_eq!(bucket(arn, ""), CLEAN, "{arn}");
    }
}

#[test]
fn code_stands_at_one_place() {
    let code = |code: &str| found(&with_code(&format!("ApplicationCodeConfiguration: {code}"), "", ""));
    let s3 = "S3ContentLocation: {BucketARN: !Ref Given, FileKey: !Ref Given}";
    for wrong in [
        "{CodeContentType: ZIPFILE, CodeContent: {}}".to_owned(),
        "{CodeContentType: ZIPFILE, CodeContent: {TextContent: x}}".to_owned(),
        format!("{{CodeContentType: ZIPFILE, CodeContent: {{{s3}, ZipFileContent: eA==}}}}"),
        "!Ref AWS::NoValue".to_owned(),
    ] {
        assert_eq!(code(&wrong), ["code-content"], "{wrong}");
    }
    for right in [
        format!("{{CodeContentType: ZIPFILE, CodeContent: {{{s3}, ZipFileContent: !Ref AWS::NoValue}}}}"),
        format!("{{CodeContentType: !Ref Given, CodeContent: {{{s3}}}}}"),
        "{CodeContentType: ZIPFILE, CodeContent: !If [IsProd, {ZipFileContent: eA==}, {ZipFileContent: eQ==}]}"
            .to_owned(),
    ] {
        assert_eq!(code(&right), CLEAN, "{right}");
    }
}

#[test]
fn numbers_count_only_where_they_are_taken() {
    let parallelism = |settings: &str| found(&job("ParallelismConfiguration", settings));
    assert_eq!(parallelism("ConfigurationType: CUSTOM, Parallelism: 65"), ["parallelism-quota"]);
    assert_eq!(parallelism("ConfigurationType: CUSTOM, ParallelismPerKPU: 16"), ["parallelism-quota"]);
    assert_eq!(
        parallelism("ConfigurationType: CUSTOM, Parallelism: '9', ParallelismPerKPU: '4'"),
        ["uneven-parallelism"]
    );
    assert_eq!(parallelism("ConfigurationType: CUSTOM, Parallelism: 256, ParallelismPerKPU: 4"), CLEAN);
    assert_eq!(parallelism("ConfigurationType: CUSTOM, Parallelism: 100, ParallelismPerKPU: !Ref Given"), CLEAN);
    assert_eq!(parallelism("ConfigurationType: DEFAULT, Parallelism: 100"), ["ignored-settings"]);
    assert_eq!(parallelism("ConfigurationType: DEFAULT, Parallelism: !Ref Given"), ["ignored-settings"]);
    assert_eq!(parallelism("ConfigurationType: DEFAULT, Parallelism: 1, AutoScalingEnabled: !Ref AWS::NoValue"), CLEAN);
    assert_eq!(parallelism("ConfigurationType: !Ref Given, ParallelismPerKPU: 2"), CLEAN);
    let checkpoints = |settings: &str| found(&job("CheckpointConfiguration", settings));
    assert_eq!(checkpoints("ConfigurationType: CUSTOM, CheckpointInterval: 3600000"), ["unfit-checkpoint-interval"]);
    assert_eq!(checkpoints("ConfigurationType: DEFAULT, CheckpointInterval: 60000"), CLEAN);
    assert_eq!(checkpoints("ConfigurationType: DEFAULT, CheckpointingEnabled: false"), ["ignored-settings"]);
    assert_eq!(checkpoints("ConfigurationType: CUSTOM, CheckpointInterval: !Ref Given"), CLEAN);
}

#[test]
fn a_log_stream_is_no_group() {
    let option = |arn: &str| {
        format!(
            "{HEAD}Resources:
  Logs: {{Type: 'AWS::Logs::LogGroup'}}
  Logging:
    Type: AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption
    Properties: {{ApplicationName: rider, CloudWatchLoggingOption: {{LogStreamARN: {arn}}}}}
"
        )
    };
    for group in [
        "!GetAtt Logs.Arn",
        "'arn:aws:logs:us-east-1:111122223333:log-group:/rider:*'",
        "!Sub 'arn:aws:logs:us-east-1:111122223333:log-group:${Logs}'",
        "!Sub '${Logs.Arn}'",
    ] {
        assert_eq!(found(&option(group)), ["logging-to-group"], "{group}");
    }
    for stream in [
        "!Ref Given",
        "!Sub 'arn:aws:logs:us-east-1:111122223333:log-group:${Given}'",
        "!Sub 'arn:aws:logs:us-east-1:111122223333:log-group:${Given}:log-stream:job'",
    ] {
        assert_eq!(found(&option(stream)), CLEAN, "{stream}");
    }
    for stream in [
        "!Sub 'arn:aws:logs:us-east-1:111122223333:log-group:${Logs}:log-stream:job'",
        "!Join [':', [!GetAtt Logs.Arn, log-stream, job]]",
    ] {
        let made =
            "  Stream: {Type: 'AWS::Logs::LogStream', Properties: {LogGroupName: !Ref Logs, LogStreamName: job}}\n";
        let custom = "  Stream: {Type: 'Custom::Stream', Properties: {ServiceToken: !Ref Given}}\n";
        assert_eq!(found(&option(stream)), ["log-stream-comes-late"], "{stream}");
        assert_eq!(found(&(option(stream) + made)), ["log-stream-comes-late"], "{stream}");
        assert_eq!(found(&(option(stream) + "    DependsOn: Stream\n" + made)), CLEAN, "{stream}");
        assert_eq!(found(&(option(stream) + custom)), CLEAN, "{stream}");
    }
}

#[test]
fn options_under_conditions_may_exclude_each_other() {
    let option = |id: &str, more: &str| {
        format!(
            "  {id}:
    Type: AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption
    {more}
    Properties: {{ApplicationName: !Ref Given, CloudWatchLoggingOption: {{LogStreamARN: !Ref Given}}}}
"
        )
    };
    let both = |more: &str| found(&format!("{HEAD}Resources:\n{}{}", option("One", more), option("Two", "")));
    assert_eq!(both(""), ["two-logging-options"]);
    assert_eq!(both("Condition: IsProd"), CLEAN);
}

#[test]
fn the_name_of_the_api_is_right_in_some_places() {
    let text = |text: &str| {
        found(&format!("{HEAD}Resources:\n  Topic: {{Type: 'AWS::SNS::Topic', Properties: {{DisplayName: {text}}}}}\n"))
    };
    for wrong in [
        "kinesisanalyticsv2.amazonaws.com",
        "!Sub 'kinesisanalyticsv2.${AWS::URLSuffix}'",
        "!Sub 'arn:${AWS::Partition}:kinesisanalyticsv2:${AWS::Region}:${AWS::AccountId}:application/rider'",
        "!Join ['', ['arn:aws:kinesisanalyticsv2:', !Ref Given]]",
    ] {
        assert_eq!(text(wrong), ["name-of-the-api"], "{wrong}");
    }
    for right in [
        "kinesisanalytics.amazonaws.com",
        "'arn:aws:states:::aws-sdk:kinesisanalyticsv2:startApplication'",
        "'aws kinesisanalyticsv2 start-application'",
        "kinesisanalyticsv2",
        "'kinesisanalyticsv2: the service'",
    ] {
        assert_eq!(text(right), CLEAN, "{right}");
    }
}

#[test]
fn whatever_may_start_an_application_is_believed_to_do_so() {
    let pipeline = |action: &str, more: &str| {
        let pipeline = format!(
            "  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !Ref Given
      Stages:
        - Name: Run
          Actions:
            - {{Name: Run, {action}}}
"
        );
        found(&(application("", "") + &pipeline + more))
    };
    let is = |category: &str, provider: &str| {
        format!("ActionTypeId: {{Category: {category}, Owner: AWS, Provider: {provider}, Version: '1'}}")
    };
    let build = |buildspec: &str| {
        format!("  Build: {{Type: 'AWS::CodeBuild::Project', Properties: {{Source: {{BuildSpec: {buildspec}}}}}}}\n")
    };
    let runs_build = is("Build", "CodeBuild") + ", Configuration: {ProjectName: !Ref Build}";
    assert_eq!(pipeline(&is("Deploy", "CloudFormation"), ""), ["never-started"]);
    assert_eq!(pipeline(&runs_build, &build(r#""phases:\n  build: {commands: [make]}""#)), ["never-started"]);
    assert_eq!(pipeline(&runs_build, &build(r#""phases:\n  build: {commands: [aws start-application]}""#)), CLEAN);
    assert_eq!(pipeline(&runs_build, &build("buildspec.yml")), CLEAN);
    assert_eq!(pipeline(&is("Invoke", "Lambda"), ""), CLEAN);
    assert_eq!(pipeline(&is("Deploy", "CloudFormation"), "  Run: {Type: 'AWS::Lambda::Function'}\n"), CLEAN);
    assert_eq!(pipeline(&(is("Compute", "Commands") + ", Commands: [make]"), ""), ["never-started"]);
}
