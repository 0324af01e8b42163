//! Services that need rights, and those that let them in.

use super::{CLEAN, found, role, statement};

const CLOSED: &str = "kms/closed-to-service";

#[test]
fn an_encrypted_stream_is_read_by_a_role_that_the_key_lets_in() {
    let template = |principal: &str| {
        let reader = role(
            "firehose.amazonaws.com",
            &statement("[kinesis:DescribeStream, kinesis:GetShardIterator, kinesis:GetRecords]", "!GetAtt Rides.Arn"),
        );
        format!(
            "{reader}  Other: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: !Ref Given}}}}
  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      KeyPolicy: {{Statement: [{{Effect: Allow, Principal: {principal}, Action: 'kms:*', Resource: '*'}}]}}
  Rides:
    Type: AWS::Kinesis::Stream
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {{StreamEncryption: {{EncryptionType: KMS, KeyId: !GetAtt Key.Arn}}}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration: {{KinesisStreamARN: !GetAtt Rides.Arn, RoleARN: !GetAtt Role.Arn}}
"
        )
    };
    for principal in [
        "'*'",
        "{AWS: !GetAtt Role.Arn}",
        "{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}",
        "{AWS: '111122223333'}",
        "{AWS: [!GetAtt Other.Arn, !Ref Given]}",
        "{AWS: !If [IsProd, !GetAtt Other.Arn, !GetAtt Role.Arn]}",
    ] {
        let found: Vec<_> = found(&template(principal)).into_iter().filter(|name| *name == CLOSED).collect();
        assert_eq!(found, CLEAN, "{principal}");
    }
    for principal in ["{AWS: !GetAtt Other.Arn}", "{AWS: 'arn:aws:iam::111122223333:user/ann'}"] {
        assert!(found(&template(principal)).contains(&CLOSED), "{principal}");
    }
}

#[test]
fn a_rule_reaches_its_targets() {
    let receivers = "  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, UpdateReplacePolicy: Retain}
  Topic: {Type: AWS::SNS::Topic}
  Call: {Type: AWS::Lambda::Function, Properties: {Role: !Ref Given, Code: {S3Bucket: a, S3Key: b}}}
";
    let template = |target: &str, more: &str| {
        let rule = format!(
            "  Rule:
    Type: AWS::Events::Rule
    Properties: {{ScheduleExpression: rate(1 hour), Targets: [{{Id: a, {target}}}]}}
{more}"
        );
        let found = found(&(receivers.to_owned() + &rule));
        found.into_iter().filter(|name| *name == "events/target-without-permission").count()
    };
    let policy = |kind: &str, list: &str, principal: &str| {
        format!(
            "  Lets: {{Type: {kind}, Properties: {{{list}, PolicyDocument: {{Statement: {{Effect: Allow, Action: '*', \
             Resource: '*', Principal: {principal}}}}}}}}}"
        )
    };
    let events = "{Service: events.amazonaws.com}";
    let invoke = "  Invoke: {Type: AWS::Lambda::Permission, Properties: {Action: a, FunctionName: ";
    for (target, more) in [
        ("Arn: !Ref Given", String::new()),
        ("Arn: !GetAtt Queue.Arn, RoleArn: !Ref Given", String::new()),
        ("Arn: !GetAtt Queue.Arn", policy("AWS::SQS::QueuePolicy", "Queues: [!Ref Queue]", events)),
        ("Arn: !GetAtt Queue.Arn", policy("AWS::SQS::QueueInlinePolicy", "Queue: !Ref Queue", events)),
        ("Arn: !GetAtt Queue.Arn", policy("AWS::SQS::QueuePolicy", "Queues: [!Ref Given]", events)),
        ("Arn: !Ref Topic", policy("AWS::SNS::TopicPolicy", "Topics: [!Ref Topic]", "{AWS: '*'}")),
        ("Arn: !GetAtt Call.Arn", format!("{invoke}!GetAtt Call.Arn, Principal: events.amazonaws.com}}}}")),
        ("Arn: !GetAtt Call.Arn", format!("{invoke}!Ref Given, Principal: events.amazonaws.com}}}}")),
        ("Arn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:x', RoleArn: !Ref Given", String::new()),
        ("Arn: !If [IsProd, !GetAtt Queue.Arn, !Ref Given]", String::new()),
    ] {
        assert_eq!(template(target, &more), 0, "{target} {more}");
    }
    for (target, more) in [
        ("Arn: !GetAtt Queue.Arn", String::new()),
        ("Arn: !GetAtt Queue.Arn", policy("AWS::SQS::QueuePolicy", "Queues: [!Ref Queue]", "{AWS: '111122223333'}")),
        ("Arn: !Ref Topic", String::new()),
        ("Arn: !GetAtt Call.Arn", format!("{invoke}!Ref Call, Principal: s3.amazonaws.com}}}}")),
        ("Arn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:x'", String::new()),
        ("Arn: !GetAtt Trips.Arn", String::new()),
        ("Arn: !Sub 'arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Given}'", String::new()),
    ] {
        assert_eq!(template(target, &more), 1, "{target} {more}");
    }
}

#[test]
fn senders_reach_an_encrypted_topic_or_queue() {
    let template = |key: &str, sender: &str| {
        let receivers = format!(
            "  Topic: {{Type: AWS::SNS::Topic, Properties: {{KmsMasterKeyId: {key}}}}}
  Queue: {{Type: AWS::SQS::Queue, DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {{KmsMasterKeyId: {key}}}}}
"
        );
        let found = found(&format!("{receivers}  Sender: {{{sender}}}\n"));
        found.into_iter().filter(|name| *name == "events/encrypted-target").count()
    };
    let senders = [
        "Type: AWS::CloudWatch::Alarm, Properties: {OKActions: [!Ref Topic]}",
        "Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour), Targets: [{Id: a, Arn: !GetAtt Queue.Arn}]}",
        "Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Given, Endpoint: !GetAtt Queue.Arn}",
        "Type: AWS::S3::Bucket, DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {NotificationConfiguration: \
         {TopicConfigurations: [{Event: 's3:ObjectCreated:*', Topic: !Ref Topic}]}}",
    ];
    for sender in senders {
        for key in
            ["alias/aws/sns", "alias/aws/sqs", "!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sqs'"]
        {
            assert_eq!(template(key, sender), 1, "{key} {sender}");
        }
        for key in ["alias/acme", "!Ref Given", "!If [IsProd, alias/aws/sns, !Ref Given]"] {
            assert_eq!(template(key, sender), 0, "{key} {sender}");
        }
    }
}

#[test]
fn a_delivery_does_what_its_roles_allow() {
    let template = |statements: &str, more: &str| {
        let delivery = format!(
            "  Call: {{Type: AWS::Lambda::Function, Properties: {{Role: !Ref Given, Code: {{S3Bucket: a, S3Key: b}}}}}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration: {{BucketARN: !GetAtt Lake.Arn, RoleARN: !GetAtt Role.Arn, {more}}}
"
        );
        let found = found(&(role("firehose.amazonaws.com", statements) + &delivery));
        found.into_iter().filter(|name| *name == "firehose/missing-permission").count()
    };
    let write = statement("s3:PutObject", "!Sub '${Lake.Arn}/*'");
    let with = |more: &str| format!("{write}, {more}");
    let calls = |arn: &str| {
        format!(
            "ProcessingConfiguration: {{Enabled: true, Processors: [{{Type: Lambda, Parameters: [{{ParameterName: \
             LambdaArn, ParameterValue: {arn}}}]}}]}}"
        )
    };
    let logs = "CloudWatchLoggingOptions: {Enabled: true, LogGroupName: a, LogStreamName: b}";
    for (statements, more) in [
        (write.clone(), String::new()),
        (statement("'s3:*'", "['*']"), String::new()),
        (statement("'s3:Put*'", "!Sub '${Lake.Arn}/rides/*'"), String::new()),
        (statement("s3:PutObject", "!Ref Given"), String::new()),
        (statement("s3:PutObject", "'arn:aws:s3:::may-be-its-name/*'"), String::new()),
        (with(&statement("'lambda:*'", "!GetAtt Call.Arn")), calls("!GetAtt Call.Arn")),
        (with(&statement("lambda:InvokeFunction", "!Sub '${Call.Arn}:*'")), calls("!GetAtt Call.Arn")),
        (with(&statement("lambda:InvokeFunction", "!Sub '${Call.Arn}:$LATEST'")), calls("!Sub '${Call.Arn}:$LATEST'")),
        (with(&statement("logs:PutLogEvents", "!Ref Given")), logs.to_owned()),
    ] {
        assert_eq!(template(&statements, &more), 0, "{statements} {more}");
    }
    for (statements, more) in [
        (statement("s3:GetObject", "!Sub '${Lake.Arn}/*'"), String::new()),
        (write.clone(), calls("!GetAtt Call.Arn")),
        (write.clone(), logs.to_owned()),
        (
            write.clone(),
            "DataFormatConversionConfiguration: {SchemaConfiguration: {RoleARN: !GetAtt Role.Arn, TableName: rides}}"
                .to_owned(),
        ),
    ] {
        assert_eq!(template(&statements, &more), 1, "{statements} {more}");
    }
}

#[test]
fn an_application_does_what_its_role_allows() {
    let template = |statements: &str, properties: &str| {
        let application = format!(
            "  Wide: {{Type: AWS::Kinesis::StreamConsumer, Properties: {{ConsumerName: fares, StreamARN: !GetAtt Trips.Arn}}}}
  Fares:
    Type: AWS::KinesisAnalyticsV2::Application
    Properties:
      RuntimeEnvironment: FLINK-1_20
      ServiceExecutionRole: !GetAtt Role.Arn
      ApplicationConfiguration: {{{properties}}}
"
        );
        let found = found(&(role("kinesisanalytics.amazonaws.com", statements) + &application));
        found.into_iter().filter(|name| *name == "flink/missing-permission").count()
    };
    let source =
        "EnvironmentProperties: {PropertyGroups: [{PropertyGroupId: a, PropertyMap: {stream.arn: !GetAtt Trips.Arn}}]}";
    let enhanced = source.replace("{stream.arn", "{source.reader.type: EFO, stream.arn");
    let code = "ApplicationCodeConfiguration: {CodeContentType: ZIPFILE, CodeContent: {S3ContentLocation: \
                {BucketARN: !GetAtt Lake.Arn, FileKey: a.jar}}}";
    let network = "VpcConfigurations: [{SubnetIds: [!Ref Given], SecurityGroupIds: [!Ref Given]}]";
    let read = statement("[kinesis:GetRecords, kinesis:GetShardIterator, kinesis:ListShards]", "!GetAtt Trips.Arn");
    for (statements, properties) in [
        (read.clone(), source),
        (statement("'kinesis:Put*'", "!GetAtt Trips.Arn"), source),
        (statement("'kinesis:*'", "!Ref Given"), source),
        (statement("sts:AssumeRole", "!Ref Given"), source),
        (statement("kinesis:SubscribeToShard", "!GetAtt Wide.ConsumerARN"), enhanced.as_str()),
        (statement("kinesis:SubscribeToShard", "!Sub '${Trips.Arn}/consumer/*'"), enhanced.as_str()),
        (statement("s3:GetObject", "!Sub '${Lake.Arn}/*'"), code),
        (statement("'s3:Get*'", "!Sub 'arn:aws:s3:::${Given}/*'"), code),
        (statement("'ec2:*'", "'*'"), network),
    ] {
        assert_eq!(template(&statements, properties), 0, "{statements} {properties}");
    }
    for (statements, properties) in [
        (statement("kinesis:GetRecords", "!GetAtt Trips.Arn"), source),
        (statement("s3:GetObject", "!Sub '${Lake.Arn}/*'"), source),
        (read.clone(), enhanced.as_str()),
        (read.clone(), code),
        (read.clone(), network),
    ] {
        assert_eq!(template(&statements, properties), 1, "{statements} {properties}");
    }
}
