//! Queues, topics, IoT rules and log groups.

use super::{found, resource, resources};
use crate::lints::tests::in_template;

fn queue(properties: &str) -> String {
    resource("AWS::SQS::Queue", properties)
}

fn topic(properties: &str) -> String {
    resource("AWS::SNS::Topic", properties)
}

#[test]
fn names_that_fit_or_are_not_known_are_silent() {
    for text in [
        queue("QueueName: a.fifo, FifoQueue: 'true'"),
        queue("QueueName: a, FifoQueue: false"),
        queue("QueueName: !Sub '${Text}.fifo', FifoQueue: true"),
        queue("QueueName: !Sub '${Text}', FifoQueue: true"),
        queue("QueueName: !Sub '${Text}fifo', FifoQueue: true"),
        queue("QueueName: !Join ['', [!Ref Text, .fifo]], FifoQueue: true"),
        queue("QueueName: !Join ['', [a, !Ref Text]], FifoQueue: true"),
        queue("QueueName: !Ref Text, FifoQueue: true"),
        queue("QueueName: a.fifo, FifoQueue: !If [IsProduction, true, !Ref 'AWS::NoValue']"),
        queue("FifoQueue: true, FifoThroughputLimit: perQueue"),
        queue("FifoQueue: true, FifoThroughputLimit: perMessageGroupId, DeduplicationScope: !Ref Text"),
        queue("FifoQueue: !Ref Text, ContentBasedDeduplication: true"),
        queue("ContentBasedDeduplication: false"),
        topic("FifoTopic: true"),
        topic("TopicName: !If [IsProduction, a, b]"),
    ] {
        assert_eq!(found(&["sqs", "sns"], &text), [""; 0], "{text}");
    }
}

#[test]
fn names_and_settings_that_do_not_fit_are_found() {
    for (text, rule) in [
        (queue("QueueName: !Sub '${Text}-orders', FifoQueue: true"), "sqs/fifo-name"),
        (queue("QueueName: !Join ['', [!Ref Text, -orders]], FifoQueue: true"), "sqs/fifo-name"),
        (topic("TopicName: !Sub '${Text}.fifo'"), "sns/fifo-name"),
        (topic("TopicName: !If [IsProduction, a.fifo, b], FifoTopic: true"), "sns/fifo-name"),
        (queue("DeduplicationScope: queue"), "sqs/fifo-setting-of-standard-queue"),
        (
            queue("FifoQueue: true, FifoThroughputLimit: perMessageGroupId, DeduplicationScope: queue"),
            "sqs/fifo-throughput",
        ),
    ] {
        assert_eq!(found(&["sqs", "sns"], &text), [rule], "{text}");
    }
}

#[test]
fn dead_letters_go_to_a_queue_that_fits() {
    let pair = |source: &str, dead: &str| {
        resources(&format!(
            "Orders: {{Type: \"AWS::SQS::Queue\", Properties: {{{source} RedrivePolicy: \
             {{deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 5}}}}}}\n\
             Failed: {{Type: \"AWS::SQS::Queue\", Properties: {{{dead}}}}}"
        ))
    };
    let sqs = |source, dead| found(&["sqs"], &pair(source, dead));
    assert_eq!(sqs("", ""), [""; 0]);
    assert_eq!(sqs("FifoQueue: true,", "FifoQueue: !Ref Text"), [""; 0]);
    assert_eq!(sqs("MessageRetentionPeriod: !Ref Text,", "MessageRetentionPeriod: 60"), [""; 0]);
    assert_eq!(sqs("FifoQueue: true, MessageRetentionPeriod: 1209600,", "FifoQueue: true"), [""; 0]);
    assert_eq!(sqs("", "FifoQueue: true"), ["sqs/dead-letter-kind"]);
    assert_eq!(sqs("", "MessageRetentionPeriod: 3600"), ["sqs/dead-letters-expire"]);
    let outside = queue("RedrivePolicy: {deadLetterTargetArn: !Ref Text, maxReceiveCount: 5}");
    assert_eq!(found(&["sqs"], &outside), [""; 0]);
}

/// A subscription to a topic, with a queue, a FIFO queue and a function beside it that anybody may send to.
fn subscription(topic: &str, properties: &str) -> String {
    resources(&format!(
        "Topic: {{Type: \"AWS::SNS::Topic\", Properties: {{{topic}}}}}\n\
         Senders: {{Type: \"AWS::SQS::QueuePolicy\", Properties: {{Queues: !Ref Text, PolicyDocument: !Ref Text}}}}\n\
         Callers: {{Type: \"AWS::Lambda::Permission\", Properties: {{Principal: !Ref Text}}}}\n\
         Queue: {{Type: \"AWS::SQS::Queue\"}}\n\
         Fifo: {{Type: \"AWS::SQS::Queue\", Properties: {{FifoQueue: true}}}}\n\
         Function: {{Type: \"AWS::Lambda::Function\", Properties: {{Role: r, Code: {{ImageUri: i}}, PackageType: Image}}}}\n\
         Alias: {{Type: \"AWS::Lambda::Alias\", Properties: {{FunctionName: !Ref Function, FunctionVersion: '1', Name: live}}}}\n\
         It: {{Type: \"AWS::SNS::Subscription\", Properties: {{TopicArn: !Ref Topic, {properties}}}}}"
    ))
}

#[test]
fn subscriptions_that_fit_are_silent() {
    for (topic, properties) in [
        ("", "Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true"),
        ("", "Protocol: sqs, Endpoint: !Sub '${Queue.Arn}'"),
        ("", "Protocol: sqs, Endpoint: !Sub 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q'"),
        ("", "Protocol: sqs, Endpoint: 'arn:aws-cn:sqs:cn-north-1:111122223333:q'"),
        ("", "Protocol: sqs, Endpoint: !ImportValue queue-arn"),
        ("", "Protocol: lambda, Endpoint: !Ref Alias"),
        ("", "Protocol: lambda, Endpoint: !GetAtt Function.Arn, RawMessageDelivery: !Ref Text"),
        ("", "Protocol: https, Endpoint: !Sub 'https://${Text}/hook'"),
        ("", "Protocol: https, Endpoint: !Sub '${Text}/hook'"),
        ("", "Protocol: https, Endpoint: '{{resolve:secretsmanager:hook}}'"),
        ("", "Protocol: email, Endpoint: !Sub 'team@${Text}'"),
        ("", "Protocol: sms, Endpoint: '+15550100'"),
        ("", "Protocol: !Ref Text, Endpoint: !Ref Text"),
        ("FifoTopic: true", "Protocol: sqs, Endpoint: !GetAtt Fifo.Arn"),
        ("FifoTopic: true", "Protocol: sqs, Endpoint: !GetAtt Queue.Arn"),
        ("FifoTopic: !Ref Text", "Protocol: sqs, Endpoint: !GetAtt Fifo.Arn"),
        ("", "Protocol: firehose, Endpoint: !ImportValue stream, SubscriptionRoleArn: !Ref Text"),
    ] {
        let text = subscription(topic, properties);
        assert_eq!(found(&["sns"], &text), [""; 0], "{topic} {properties}");
    }
}

#[test]
fn subscriptions_that_do_not_fit_are_found() {
    for (topic, properties, rule) in [
        ("", "Protocol: sqs, Endpoint: !Ref Queue", "sns/subscription-endpoint"),
        ("", "Protocol: sqs, Endpoint: !GetAtt Queue.QueueName", "sns/subscription-endpoint"),
        ("", "Protocol: lambda, Endpoint: !GetAtt Queue.Arn", "sns/subscription-endpoint"),
        ("", "Protocol: lambda, Endpoint: !Ref Function", "sns/subscription-endpoint"),
        ("", "Protocol: SQS, Endpoint: !GetAtt Queue.Arn", "sns/subscription-endpoint"),
        ("", "Protocol: https, Endpoint: 'http://example.com'", "sns/subscription-endpoint"),
        (
            "",
            "Protocol: sqs, Endpoint: 'arn:aws:lambda:us-east-1:111122223333:function:f'",
            "sns/subscription-endpoint",
        ),
        ("", "Protocol: sqs, Endpoint: !Sub 'https://sqs.${AWS::Region}.amazonaws.com/q'", "sns/subscription-endpoint"),
        ("", "Protocol: email, Endpoint: example.com", "sns/subscription-endpoint"),
        ("", "Protocol: email, Endpoint: !If [IsProduction, a@example.com, b]", "sns/subscription-endpoint"),
        ("", "Protocol: lambda, Endpoint: !Ref Alias, RawMessageDelivery: true", "sns/raw-delivery"),
        ("", "Protocol: firehose, Endpoint: !ImportValue stream", "sns/missing-subscription-role"),
        ("", "Protocol: sqs, Endpoint: !GetAtt Fifo.Arn", "sns/subscription-of-fifo"),
        ("FifoTopic: true", "Protocol: lambda, Endpoint: !Ref Alias", "sns/subscription-of-fifo"),
    ] {
        let text = subscription(topic, properties);
        assert_eq!(found(&["sns"], &text), [rule], "{topic} {properties}");
    }
}

#[test]
fn what_an_iot_rule_lacks_is_found_where_it_is_surely_not_there() {
    let rule = |payload: &str| resource("AWS::IoT::TopicRule", &format!("TopicRulePayload: {payload}"));
    let lambda = "{Lambda: {FunctionArn: !Ref Text}}";
    let whole = format!("ErrorAction: {lambda}, AwsIotSqlVersion: !Ref Text, Sql: SELECT 1");
    for payload in [
        format!("{{Actions: [{lambda}], {whole}}}"),
        format!("{{Actions: [!If [IsProduction, {lambda}, !Ref 'AWS::NoValue']], {whole}}}"),
        format!("{{Actions: [{{DynamoDBv2: {{RoleArn: !Ref Text, PutItem: {{TableName: t}}}}}}], {whole}}}"),
        "{Actions: [], AwsIotSqlVersion: beta, Sql: SELECT 1}".to_owned(),
        "!If [IsProduction, {Actions: [], Sql: SELECT 1}, {Actions: [], Sql: SELECT 2}]".to_owned(),
    ] {
        assert_eq!(found(&["iot"], &rule(&payload)), [""; 0], "{payload}");
    }
    let wrong =
        format!("{{Actions: [{lambda}], ErrorAction: {{DynamoDBv2: {{PutItem: {{TableName: t}}}}}}, Sql: SELECT 1}}");
    assert_eq!(found(&["iot"], &rule(&wrong)), ["iot/default-sql-version", "iot/missing-role"]);
    for (sql, rules) in [("set @a = 1 SELECT * FROM 't'", &[][..]), ("!Ref Text", &[]), ("t/#", &["iot/not-a-query"])] {
        let payload = format!(
            "{{Actions: [], AwsIotSqlVersion: beta, Sql: {}}}",
            if sql.starts_with('!') { sql.to_owned() } else { format!("\"{sql}\"") }
        );
        assert_eq!(found(&["iot"], &rule(&payload)), rules, "{sql}");
    }
    let retired = format!("{{Actions: [{{IotEvents: {{InputName: i, RoleArn: r}}}}], {whole}}}");
    assert_eq!(found(&["iot"], &rule(&retired)), ["iot/retired-action"]);
}

#[test]
fn log_groups_may_be_kept_as_long_as_they_say() {
    let group = |properties: &str| found(&["logs"], &resource("AWS::Logs::LogGroup", properties));
    assert_eq!(group("LogGroupClass: INFREQUENT_ACCESS"), ["logs/kept-forever"]);
    for properties in
        ["RetentionInDays: 30", "RetentionInDays: !Ref Text", "LogGroupClass: DELIVERY", "LogGroupClass: !Ref Text"]
    {
        assert_eq!(group(properties), [""; 0], "{properties}");
    }
}

#[test]
fn a_partition_key_that_differs_or_need_not_is_silent() {
    let rule = |action: &str| {
        resources(&format!(
            "One: {{Type: \"AWS::Kinesis::Stream\", Properties: {{ShardCount: 1}}}}\n\
             Two: {{Type: \"AWS::Kinesis::Stream\", Properties: {{ShardCount: 2}}}}\n\
             It: {{Type: \"AWS::IoT::TopicRule\", Properties: {{TopicRulePayload: {{AwsIotSqlVersion: beta, \
             Sql: SELECT 1, ErrorAction: {{Lambda: {{FunctionArn: f}}}}, Actions: [{{Kinesis: {{RoleArn: r, {action}}}}}]}}}}}}"
        ))
    };
    for action in [
        "StreamName: !Ref One, PartitionKey: a",
        "StreamName: !Ref Two, PartitionKey: '${topic()}'",
        "StreamName: !Ref Two, PartitionKey: !Sub '${!newuuid()}'",
        "StreamName: !Ref Two, PartitionKey: !Ref Text",
    ] {
        assert_eq!(found(&["iot"], &rule(action)), [""; 0], "{action}");
    }
    let constant = rule("StreamName: !Ref Two, PartitionKey: a");
    assert_eq!(found(&["iot"], &constant), ["iot/constant-partition-key"]);
}

#[test]
fn who_sends_is_let_in() {
    let with = |more: &str| {
        let text = resources(&format!(
            "Topic: {{Type: 'AWS::SNS::Topic'}}\n\
             Queue: {{Type: 'AWS::SQS::Queue'}}\n\
             Function: {{Type: 'AWS::Lambda::Function', Properties: {{Role: r, Code: {{ImageUri: i}}, PackageType: Image}}}}\n\
             A: {{Type: 'AWS::SNS::Subscription', Properties: {{TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn}}}}\n\
             B: {{Type: 'AWS::SNS::Subscription', Properties: {{TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Function.Arn}}}}\n\
             C: {{Type: 'AWS::S3::Bucket', Properties: {{NotificationConfiguration: {{\
             QueueConfigurations: [{{Event: 's3:ObjectCreated:*', Queue: !GetAtt Queue.Arn}}], \
             LambdaConfigurations: [{{Event: 's3:ObjectCreated:*', Function: !GetAtt Function.Arn}}]}}}}}}\n\
             {more}"
        ));
        let mut lines: Vec<_> = in_template(&text)
            .into_iter()
            .filter(|finding| finding.rule.name.ends_with("-without-permission"))
            .map(|finding| (finding.rule.area(), finding.message.rsplit('`').nth(1).unwrap_or_default().to_owned()))
            .collect();
        lines.sort();
        lines.into_iter().map(|(area, id)| format!("{area} {id}")).collect::<Vec<_>>().join(", ")
    };
    let call = |principal: &str, function: &str| {
        format!(
            "D: {{Type: 'AWS::Lambda::Permission', Properties: {{Action: 'lambda:InvokeFunction', FunctionName: {function}, Principal: {principal}}}}}"
        )
    };
    let send = |principal: &str, queues: &str| {
        format!(
            "E: {{Type: 'AWS::SQS::QueuePolicy', Properties: {{Queues: {queues}, PolicyDocument: {{Statement: \
             [{{Effect: Allow, Principal: {principal}, Action: 'sqs:SendMessage', Resource: '*'}}]}}}}}}"
        )
    };
    assert_eq!(with(""), "s3 Function, s3 Queue, sns Function, sns Queue");
    assert_eq!(with(&call("sns.amazonaws.com", "!Ref Function")), "s3 Function, s3 Queue, sns Queue");
    assert_eq!(with(&call("s3.amazonaws.com", "!GetAtt Function.Arn")), "s3 Queue, sns Function, sns Queue");
    assert_eq!(with(&call("!Ref Text", "!Ref Text")), "s3 Queue, sns Queue");
    assert_eq!(with(&send("{Service: sns.amazonaws.com}", "[!Ref Queue]")), "s3 Function, s3 Queue, sns Function");
    assert_eq!(with(&send("'*'", "[!Ref Queue]")), "s3 Function, sns Function");
    assert_eq!(
        with(&send("{Service: [sns.amazonaws.com, s3.amazonaws.com]}", "!Ref Text")),
        "s3 Function, sns Function"
    );
    assert_eq!(with(&send("{Service: events.amazonaws.com}", "[!Ref Queue]")), with(""));
}
