//! The resources of a queue: the queue itself, and an alarm for one that takes what failed.

use serde_json::json;

use super::{Queue, Sameness, longest_call};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::function::Function;
use crate::kinds::key;
use crate::model::{Alarm, Entry, Home, Lowering, Model, logical_id};

/// Lambda developer guide, Using Lambda with Amazon SQS: a queue hides messages six times as long as a call may take,
/// so that there is time to try again after throttling. Read 2026-11-21.
const ADVISED_TIMES: u64 = 6;

pub(super) fn lower(queue: &Queue, this: &Entry, lowering: &mut Lowering<'_>) {
    let encrypted = this.derived("queues are encrypted with a key that SQS manages unless told otherwise");
    let managed = queue.key.is_none().then(|| Value::from_json(json!(true), &encrypted));
    let retention = queue.retention.as_ref().map(|given| seconds(given.0, &Origin::authored(&given.span)));
    let dead_letters = queue.dead_letters.as_ref().map(|dead| {
        let origin = Origin::authored(&dead.span);
        let to = Origin::authored(&dead.to.span);
        let target = Value::get_att(logical_id(&dead.to.section, &dead.to.name, ""), "Arn", &to);
        let after = Value::new(ValueKind::Integer(dead.after.0), &Origin::authored(&dead.after.span));
        Value::map(&origin).with("deadLetterTargetArn", target).with("maxReceiveCount", after)
    });
    let mut properties = Value::map(&Origin::authored(&this.name.span))
        .with("QueueName", lowering.physical_name(this))
        .with_some("SqsManagedSseEnabled", managed)
        .with_some("KmsMasterKeyId", key::arn(&queue.key))
        .with_some("MessageRetentionPeriod", retention)
        .with_some("VisibilityTimeout", hidden(queue, this, lowering.model))
        .with_some("RedrivePolicy", dead_letters);
    if let Some(fifo) = queue.fifo.as_ref().filter(|fifo| fifo.value) {
        let origin = Origin::authored(&fifo.span);
        properties.set("QueueName", Value::sub(format!("${{AWS::StackName}}-{}.fifo", this.name.value), &origin));
        properties.set("FifoQueue", Value::new(ValueKind::Boolean(true), &origin));
        if let Some(same) = queue.same.as_ref().filter(|same| same.value == Sameness::Content) {
            let by_content = Value::new(ValueKind::Boolean(true), &Origin::authored(&same.span));
            properties.set("ContentBasedDeduplication", by_content);
        }
    }
    let resource = lowering.add(Home::Application, this, "", "AWS::SQS::Queue", properties);
    resource.retain();
    if takes_failures(this, lowering.model) {
        add_alarm(this, lowering);
    }
}

fn hidden(queue: &Queue, this: &Entry, model: &Model) -> Option<Value> {
    match &queue.hidden {
        Some(given) => Some(seconds(given.0, &Origin::authored(&given.span))),
        None => {
            let derived = this.derived("a message is hidden six times as long as a call of its function may take");
            longest_call(this, model).map(|call| seconds(call * ADVISED_TIMES, &derived))
        }
    }
}

fn seconds(count: u64, origin: &Origin) -> Value {
    Value::new(ValueKind::Integer(count as i64), origin)
}

/// Whether messages come here that failed elsewhere.
fn takes_failures(this: &Entry, model: &Model) -> bool {
    let path = this.path();
    model.entries.iter().any(|entry| {
        let queue = model.thing::<Queue>(&entry.path()).and_then(|(_, queue)| queue.dead_letters.as_ref());
        let function = model.thing::<Function>(&entry.path());
        queue.is_some_and(|dead| dead.to.path() == path)
            || function.is_some_and(|(_, function)| function.failures().any(|failures| failures == path))
    })
}

fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("what failed waits here for a person, and expires");
    let name = Value::get_att(logical_id(this.section, &this.name.value, ""), "QueueName", &origin);
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "NotEmpty",
            description: format!("Messages that failed wait in {}", this.path()),
            namespace: "AWS/SQS",
            metric: "ApproximateNumberOfMessagesVisible",
            dimensions: vec![("QueueName", name)],
            statistic: "Maximum",
            period: 300,
            periods: 1,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin,
        },
    );
}
