//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_template, offences, with_resources};

/// The names of the rules of this area that find something among these resources, without the area.
fn found(resources: &str) -> Vec<&'static str> {
    let template = format!(
        "Transform: AWS::Serverless-2016-10-31
{}",
        with_resources(resources)
    );
    offences(&in_template(&template), &["lambda"])
}

/// A mapping from a source, in flow style, with these further properties.
fn mapping(arn: &str, properties: &str) -> String {
    format!(
        "  Stream: {{Type: AWS::Kinesis::Stream}}
  Reader:
    Type: AWS::Kinesis::StreamConsumer
    Properties: {{ConsumerName: enrich, StreamARN: !GetAtt Stream.Arn}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {{StreamSpecification: !Ref Given}}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {{RedrivePolicy: !Ref Given}}
  Ordered:
    Type: AWS::SQS::Queue
    Properties: {{FifoQueue: true, RedrivePolicy: !Ref Given}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: enrich, EventSourceArn: {arn}, {properties}}}
"
    )
}

/// A function of SAM with one event.
fn event(event_type: &str, properties: &str) -> String {
    format!(
        "  Enrich:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Events:
        Records: {{Type: {event_type}, Properties: {{{properties}}}}}
"
    )
}

const STREAM: &str = "!GetAtt Stream.Arn";
const TABLE: &str = "!GetAtt Table.StreamArn";
const QUEUE: &str = "!GetAtt Queue.Arn";
const ORDERED: &str = "!GetAtt Ordered.Arn";
const CLEAN: &[&str] = &[];

#[test]
fn a_mapping_has_the_settings_of_its_source() {
    for (arn, properties) in [
        (STREAM, "StartingPosition: LATEST, MaximumRetryAttempts: 3, ParallelizationFactor: 2"),
        (STREAM, "StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 1760000000, MaximumRetryAttempts: 3"),
        (STREAM, "StartingPosition: !Ref Given, MaximumRetryAttempts: !Ref Given"),
        (STREAM, "StartingPosition: LATEST, MaximumRecordAgeInSeconds: -1"),
        ("!Ref Given", "StartingPosition: LATEST"),
        ("!Ref Given", "BatchSize: 100"),
        ("!ImportValue given", "ScalingConfig: {MaximumConcurrency: 2}"),
        ("!If [IsProd, !GetAtt Queue.Arn, !GetAtt Stream.Arn]", "StartingPosition: LATEST"),
        (QUEUE, "BatchSize: 10"),
        (QUEUE, "BatchSize: 100, MaximumBatchingWindowInSeconds: !Ref Given"),
        (QUEUE, "ScalingConfig: {MaximumConcurrency: 2}, StartingPosition: !Ref AWS::NoValue"),
        (ORDERED, "BatchSize: 10, MaximumBatchingWindowInSeconds: 0"),
        ("arn:aws:kafka:eu-west-1:111122223333:cluster/a/b", "StartingPosition: LATEST, Topics: [a]"),
        ("arn:aws:kafka:eu-west-1:111122223333:cluster/a/b", "Topics: [a]"),
    ] {
        assert_eq!(found(&mapping(arn, properties)), CLEAN, "{arn} {properties}");
    }
    for (arn, properties) in [
        (STREAM, "MaximumRetryAttempts: 3"),
        ("!GetAtt Reader.ConsumerARN", "MaximumRetryAttempts: 3"),
        ("!Sub '${Stream.Arn}'", "MaximumRetryAttempts: 3"),
        (STREAM, "StartingPosition: LATEST, MaximumRetryAttempts: 3, ScalingConfig: {MaximumConcurrency: 2}"),
        (STREAM, "StartingPosition: AT_TIMESTAMP, MaximumRetryAttempts: 3"),
        ("!Ref Given", "StartingPosition: AT_TIMESTAMP"),
        (STREAM, "StartingPosition: LATEST, MaximumRecordAgeInSeconds: 30"),
        (TABLE, "StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 1, MaximumRetryAttempts: 3"),
        (QUEUE, "StartingPosition: LATEST"),
        (QUEUE, "MaximumRetryAttempts: 3"),
        (QUEUE, "BisectBatchOnFunctionError: true"),
        (QUEUE, "TumblingWindowInSeconds: 30"),
        (QUEUE, "DestinationConfig: {OnFailure: {Destination: !Ref Given}}"),
        (QUEUE, "BatchSize: 11"),
        (QUEUE, "BatchSize: '100', MaximumBatchingWindowInSeconds: 0"),
        (ORDERED, "BatchSize: 11, MaximumBatchingWindowInSeconds: 1"),
        (ORDERED, "MaximumBatchingWindowInSeconds: 1"),
        ("!Sub 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q'", "StartingPosition: LATEST"),
        ("arn:aws:kafka:eu-west-1:111122223333:cluster/a/b", "StartingPosition: LATEST, ParallelizationFactor: 2"),
    ] {
        assert_eq!(found(&mapping(arn, properties)), ["event-source-setting"], "{arn} {properties}");
    }
}

#[test]
fn events_of_sam_are_checked_like_mappings() {
    for (event_type, properties) in [
        ("Kinesis", "Stream: !Ref Given, StartingPosition: LATEST, MaximumRetryAttempts: 3"),
        ("SQS", "Queue: !Ref Given, BatchSize: 10"),
        ("S3", "Bucket: !Ref Given, Events: s3:ObjectCreated:*"),
        ("Api", "Path: /trips, Method: get"),
    ] {
        assert_eq!(found(&event(event_type, properties)), CLEAN, "{event_type} {properties}");
    }
    for (event_type, properties, rule) in [
        ("Kinesis", "Stream: !Ref Given, StartingPosition: LATEST", "poison-record"),
        ("DynamoDB", "Stream: !Ref Given, StartingPosition: LATEST", "poison-record"),
        ("SQS", "Queue: !Ref Given, BatchSize: 100", "event-source-setting"),
        ("SQS", "Queue: !Ref Given, FilterCriteria: {Filters: [{Pattern: '{\"a\": [1]}'}]}", "filter-matches-nothing"),
    ] {
        assert_eq!(found(&event(event_type, properties)), [rule], "{event_type} {properties}");
    }
}

#[test]
fn records_that_fail_hold_up_a_shard_while_nothing_limits_the_retries() {
    for properties in [
        "MaximumRetryAttempts: -1",
        "MaximumRecordAgeInSeconds: 3600",
        "BisectBatchOnFunctionError: true",
        "BisectBatchOnFunctionError: !Ref Given",
        "MaximumRetryAttempts: !If [IsProd, 3, !Ref AWS::NoValue]",
        "DestinationConfig: !If [IsProd, {OnFailure: {Destination: !Ref Given}}, !Ref AWS::NoValue]",
    ] {
        assert_eq!(found(&mapping(STREAM, &format!("StartingPosition: LATEST, {properties}"))), CLEAN, "{properties}");
    }
    for properties in [
        "BatchSize: 10",
        "BisectBatchOnFunctionError: false",
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "DestinationConfig: {OnFailure: {Destination: !Ref Given}}",
        "BisectBatchOnFunctionError: true, DestinationConfig: {OnFailure: {Destination: !Ref Given}}",
    ] {
        let found = found(&mapping(TABLE, &format!("StartingPosition: LATEST, {properties}")));
        assert_eq!(found, ["poison-record"], "{properties}");
    }
}

#[test]
fn filters_are_json_that_can_match() {
    for (arn, pattern) in [
        (STREAM, r#"{"data": {"status": ["done"], "n": [{"numeric": [">", 1]}]}}"#),
        (STREAM, r#"{"partitionKey": ["1"]}"#),
        (STREAM, r#"{"data": {"$or": [{"a": ["x"]}, {"b": ["y"]}]}}"#),
        (TABLE, r#"{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["done"]}}}}"#),
        (TABLE, r#"{"dynamodb": {"NewImage": {"status": [{"exists": true}]}}}"#),
        (QUEUE, r#"{"body": ["plain"]}"#),
        (QUEUE, r#"{"messageAttributes": {"kind": {"stringValue": ["trip"]}}}"#),
        ("!Ref Given", r#"{"anything": ["x"]}"#),
    ] {
        let filter = format!("FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}");
        assert_eq!(found(&settled(arn, &filter)), CLEAN, "{arn} {pattern}");
    }
    for (arn, pattern, rule) in [
        (STREAM, "{status: done}", "event-filter"),
        (STREAM, r#"["done"]"#, "event-filter"),
        (STREAM, r#"{"data": ["done"]}"#, "event-filter"),
        (STREAM, r#"{"data": {"a": {"b": 1}}}"#, "event-filter"),
        ("!Ref Given", r#"{"a": {"$or": [{"a": "x"}]}}"#, "event-filter"),
        (STREAM, r#"{"body": {"a": ["x"]}}"#, "filter-matches-nothing"),
        (TABLE, r#"{"dynamodb": {"NewImage": {"status": ["done"]}}}"#, "filter-matches-nothing"),
        (TABLE, r#"{"NewImage": {"status": {"S": ["done"]}}}"#, "filter-matches-nothing"),
        (QUEUE, r#"{"data": {"a": ["x"]}}"#, "filter-matches-nothing"),
    ] {
        let filter = format!("FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}");
        assert_eq!(found(&settled(arn, &filter)), [rule], "{arn} {pattern}");
    }
    assert_eq!(found(&settled(STREAM, "FilterCriteria: {Filters: [{Pattern: !Sub '{\"${Given}\": 1}'}]}")), CLEAN);
}

/// A mapping with all that its source needs.
fn settled(arn: &str, properties: &str) -> String {
    match arn {
        STREAM | TABLE => mapping(arn, &format!("StartingPosition: LATEST, MaximumRetryAttempts: 3, {properties}")),
        _ => mapping(arn, properties),
    }
}

/// A function that reads a queue, each with these properties.
fn reader(function: &str, queue: &str) -> String {
    format!(
        "  Enrich:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.14
      Handler: index.handler
      Role: !Ref Given
      Code: {{ZipFile: x}}
      {function}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      {queue}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{FunctionName: !GetAtt Enrich.Arn, EventSourceArn: !GetAtt Queue.Arn}}
"
    )
}

#[test]
fn a_queue_hides_messages_while_the_function_works() {
    let redrive = "RedrivePolicy: {deadLetterTargetArn: !Ref Given, maxReceiveCount: 5}";
    for (function, visibility, expected) in [
        ("Timeout: 5", "", CLEAN),
        ("Timeout: !Ref Given", "VisibilityTimeout: 1", CLEAN),
        ("Timeout: 60", "VisibilityTimeout: !Ref Given", CLEAN),
        ("Timeout: 60", "VisibilityTimeout: 360", CLEAN),
        ("Timeout: 30", "", &["tight-visibility-timeout"]),
        ("Timeout: 31", "", &["visibility-timeout"]),
        ("", "VisibilityTimeout: 2", &["visibility-timeout"]),
    ] {
        let queue = format!("{redrive}\n      {visibility}");
        assert_eq!(found(&reader(function, &queue)), expected, "{function} {visibility}");
    }
    assert_eq!(found(&reader("", "VisibilityTimeout: 60")), ["queue-without-dead-letters"]);
    let conditional = "RedrivePolicy: !If [IsProd, {deadLetterTargetArn: x, maxReceiveCount: 5}, !Ref AWS::NoValue]";
    assert_eq!(found(&reader("", conditional)), CLEAN);
    let last = "VisibilityTimeout: 60\n  First:\n    Type: AWS::SQS::Queue\n    Properties:\n      RedrivePolicy: \
                {deadLetterTargetArn: !GetAtt Queue.Arn, maxReceiveCount: 5}";
    assert_eq!(found(&reader("", last)), CLEAN);
}

#[test]
fn functions_have_code_that_runs() {
    for (properties, expected) in [
        ("Code: src/, Runtime: python3.14, Handler: a.b", CLEAN),
        ("PackageType: Image, Code: {ImageUri: !Ref Given}", CLEAN),
        ("PackageType: !Ref Given, Code: {ImageUri: !Ref Given, S3Key: !Ref Given}", CLEAN),
        ("Code: {ImageUri: !Ref Given}", CLEAN),
        ("Code: {S3Bucket: b, S3Key: enrich-1.4.0.zip}, Runtime: !Ref Given, Handler: !Ref Given", CLEAN),
        ("Code: {S3Bucket: b, S3Key: a.zip, S3ObjectVersion: !Ref Given}, Runtime: java21, Handler: a", CLEAN),
        ("Code: {S3Bucket: b, S3Key: a.zip}, Runtime: java21, Handler: a", &["same-code-key"]),
        ("Code: {S3Bucket: b, S3Key: !Ref Given}, Runtime: java21", &["missing-handler"]),
        ("PackageType: Zip, Code: {ZipFile: x}, Handler: a", &["missing-handler"]),
        ("PackageType: Image, Code: {ImageUri: x}, Layers: [!Ref Given], Handler: a", &["runtime-of-image"]),
        ("Code: {ZipFile: x}, Handler: a, Runtime: java21, MemorySize: 10241", &["beyond-limit"]),
        ("Code: {ZipFile: x}, Handler: a, Runtime: java21, Timeout: 901, CapacityProviderConfig: !Ref Given", CLEAN),
        ("Code: {ZipFile: x}, Handler: a, Runtime: !If [IsProd, nodejs16.x, nodejs24.x]", &["retired-runtime"]),
        ("Code: {ZipFile: x}, Handler: a, Runtime: nodejs22.x", &["ending-runtime"]),
        ("Code: {ZipFile: x}, Handler: a, Runtime: !Ref Given", CLEAN),
        (
            "Code: {ZipFile: x}, Handler: a, Runtime: java21, Environment: {Variables: {_HANDLER: a}}",
            &["reserved-variable"],
        ),
        ("Code: {ZipFile: x}, Handler: a, Runtime: java21, Environment: {Variables: {AWS_NODEJS_X: '1'}}", CLEAN),
    ] {
        let function =
            format!("  It:\n    Type: AWS::Lambda::Function\n    Properties: {{Role: !Ref Given, {properties}}}\n");
        assert_eq!(found(&function), expected, "{properties}");
    }
    let sam = "  It:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src/}\n";
    assert_eq!(found(sam), CLEAN);
    assert_eq!(found(&sam.replace("src/", "src/, Runtime: python3.8, Handler: a")), ["retired-runtime"]);
}

/// A bucket that calls a function, with a permission.
fn notified(bucket: &str, permission: &str) -> String {
    format!(
        "  Uploads:
    Type: AWS::S3::Bucket
    {bucket}
    Properties:
      NotificationConfiguration:
        LambdaConfigurations: [{{Event: 's3:ObjectCreated:*', Function: !GetAtt Index.Arn}}]
  Index:
    Type: AWS::Lambda::Function
    Properties: {{Role: !Ref Given, Runtime: java21, Handler: a, Code: {{ZipFile: x}}}}
  Middle:
    Type: AWS::SNS::Topic
    DependsOn: May
  May:
    Type: AWS::Lambda::Permission
    Properties: {{Action: lambda:InvokeFunction, {permission}}}
"
    )
}

#[test]
fn a_bucket_waits_for_the_permission_to_call() {
    let own = "FunctionName: !Ref Index, Principal: s3.amazonaws.com";
    for (bucket, permission) in [
        ("DependsOn: May", own),
        ("DependsOn: [Middle]", own),
        ("", "FunctionName: !Ref Index, Principal: sns.amazonaws.com"),
    ] {
        assert_eq!(found(&notified(bucket, permission)), CLEAN, "{bucket} {permission}");
    }
    assert_eq!(found(&notified("", own)), ["unordered-notification"]);
    let waits = format!("{own}, SourceArn: !GetAtt Uploads.Arn");
    assert_eq!(found(&notified("", &waits)), ["notification-before-permission"]);
    let named = format!("{own}, SourceArn: !Sub 'arn:aws:s3:::${{Given}}'");
    assert_eq!(found(&notified("DependsOn: May", &named)), CLEAN);
}
