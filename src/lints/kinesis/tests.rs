//! What the pages do not show: other shapes that fail, and shapes that look as if they did.

use crate::lints::tests::{in_part_of_template, offences, with_resources};

fn found(resources: &str) -> Vec<&'static str> {
    offences(&in_part_of_template(&with_resources(resources)), &["kinesis"])
}

const CLEAN: &[&str] = &[];

#[test]
fn shards_are_said_where_streams_have_some() {
    let stream =
        |properties: &str| found(&format!("  A: {{Type: 'AWS::Kinesis::Stream', Properties: {{{properties}}}}}\n"));
    let mode = |mode: &str| format!("StreamModeDetails: {{StreamMode: {mode}}}");
    assert_eq!(stream(""), CLEAN);
    assert_eq!(stream("ShardCount: 1"), CLEAN);
    assert_eq!(stream(&mode("PROVISIONED")), ["shard-count-missing"]);
    assert_eq!(stream(&format!("ShardCount: 2, {}", mode("PROVISIONED"))), CLEAN);
    assert_eq!(stream(&mode("ON_DEMAND")), CLEAN);
    assert_eq!(stream(&format!("ShardCount: 2, {}", mode("ON_DEMAND"))), ["shards-of-on-demand-stream"]);
    assert_eq!(stream(&format!("ShardCount: !Ref AWS::NoValue, {}", mode("ON_DEMAND"))), CLEAN);
    let sometimes = format!("ShardCount: !If [IsProd, 2, !Ref AWS::NoValue], {}", mode("ON_DEMAND"));
    assert_eq!(stream(&sometimes), ["shards-of-on-demand-stream"], "refused where the condition holds");
    assert_eq!(stream(&format!("ShardCount: 2, {}", mode("!Ref Given"))), CLEAN);
    assert_eq!(stream(&format!("ShardCount: 2, {}", mode("!If [IsProd, PROVISIONED, ON_DEMAND]"))), CLEAN);
}

#[test]
fn consumers_are_counted_by_stream() {
    let consumers = |count: usize, stream: &str| -> String {
        let one = |index| {
            let properties = format!("ConsumerName: c{index}, StreamARN: {stream}");
            format!("  C{index}: {{Type: 'AWS::Kinesis::StreamConsumer', Properties: {{{properties}}}}}\n")
        };
        (0..count).map(one).collect()
    };
    assert_eq!(found(&consumers(20, "!GetAtt A.Arn")), CLEAN);
    assert_eq!(found(&consumers(51, "!GetAtt A.Arn")), ["consumer-limit"]);
    let twice = consumers(1, "!GetAtt A.Arn") + &consumers(1, "!GetAtt A.Arn").replace("C0", "D0");
    assert_eq!(found(&twice), ["repeated-consumer"]);
    let apart = consumers(1, "!GetAtt A.Arn") + &consumers(1, "!GetAtt B.Arn").replace("C0", "D0");
    assert_eq!(found(&apart), CLEAN);
    let perhaps = twice.replace("c0", "!Ref Given");
    assert_eq!(found(&perhaps.replacen("Given", "Other", 1)), CLEAN);
}
