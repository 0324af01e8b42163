//! What makes a source start a function: event source mappings, and subscriptions. A bucket tells of its objects by
//! itself, since that is a setting of the bucket.

use super::events::{Event, QueueEvent, Shards, StreamEvent, TopicEvent};
use super::{Function, package};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Entry, Home, Lowering, Sender, Statement, Verb, logical_id};
use crate::source::{Located, Span};

pub(super) fn add(function: &Function, event: &Located<Event>, this: &Entry, lowering: &mut Lowering<'_>) {
    match &event.value {
        Event::Topic(topic) => subscribe(topic, this, lowering),
        Event::Bucket(_) => {}
        Event::Stream(StreamEvent { fan_out: Some(fan_out), stream, .. }) if fan_out.value => {
            let consumer = add_consumer(&stream.path(), fan_out, this, lowering);
            add_mapping(function, event, Some(consumer), this, lowering);
        }
        _ => add_mapping(function, event, None, this, lowering),
    }
}

/// After the function's own logical id: `OnTripsStream`.
fn suffix(path: &str) -> String {
    let (section, name) = path.split_once('.').unwrap_or(("", path));
    format!("On{}", logical_id(section, name, ""))
}

fn consumer_id(path: &str, this: &Entry) -> String {
    logical_id(this.section, &this.name.value, &format!("{}Consumer", suffix(path)))
}

/// What a function needs to read a stream with a throughput of its own.
pub(super) fn consumer_statement(event: &Event, this: &Entry) -> Option<Statement> {
    let Event::Stream(StreamEvent { fan_out: Some(fan_out), stream, .. }) = event else { return None };
    let origin = Origin::authored(&fan_out.span);
    let consumer = Value::get_att(consumer_id(&stream.path(), this), "ConsumerARN", &origin);
    fan_out.value.then(|| Statement::new(&["kinesis:SubscribeToShard"], vec![consumer], &origin))
}

fn add_consumer(path: &str, fan_out: &Located<bool>, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = Origin::authored(&fan_out.span);
    let stream = lowering.model.entry(path).and_then(|entry| lowering.model.attribute(entry, "arn", &origin));
    let properties =
        Value::map(&origin).with("ConsumerName", lowering.physical_name(this)).with_some("StreamARN", stream);
    let suffix = format!("{}Consumer", suffix(path));
    lowering.add(Home::Application, this, &suffix, "AWS::Kinesis::StreamConsumer", properties);
    Value::get_att(consumer_id(path, this), "ConsumerARN", &origin)
}

fn add_mapping(
    function: &Function,
    event: &Located<Event>,
    consumer: Option<Value>,
    this: &Entry,
    lowering: &mut Lowering<'_>,
) {
    let origin = Origin::authored(&event.span);
    let (path, span) = event.source();
    let granted = || lowering.grant(&path, Verb::On, &Origin::authored(span))?.event_source;
    let Some(source) = consumer.or_else(granted) else { return };
    let waiting = this.derived("events wait where they are until there is code for them");
    let mut properties = Value::map(&origin)
        .with("FunctionName", function.callee_name(this, &origin))
        .with_some("Enabled", package::enabled(function, this, &waiting))
        .with("EventSourceArn", source)
        .with_some("MaximumBatchingWindowInSeconds", event.window().map(|window| number(window.0 as i64, &window.span)))
        .with_some("FunctionResponseTypes", event.report_failures().and_then(response_types))
        .with_some("FilterCriteria", filter_criteria(event));
    if let Event::Queue(queue) = &event.value {
        set_queue(&mut properties, queue);
    }
    if let Some(shards) = event.shards() {
        set_shards(&mut properties, &shards, this, lowering);
    }
    lowering.add(Home::Application, this, &suffix(&path), "AWS::Lambda::EventSourceMapping", properties);
}

fn set_queue(properties: &mut Value, queue: &QueueEvent) {
    if let Some(batch) = &queue.batch {
        properties.set("BatchSize", number(batch.0, &batch.span));
    }
    if let Some(calls) = &queue.concurrency {
        let scaling = Value::map(&Origin::authored(&calls.span));
        properties.set("ScalingConfig", scaling.with("MaximumConcurrency", number(calls.0, &calls.span)));
    }
}

fn set_shards(properties: &mut Value, shards: &Shards<'_>, this: &Entry, lowering: &Lowering<'_>) {
    let starting = match shards.from {
        Some(from) => Value::text(from.word().replace('-', "_").to_uppercase(), &Origin::authored(&from.span)),
        None => Value::text("LATEST", &this.derived("a new reader begins at new records unless told otherwise")),
    };
    let bisect = this.derived("a bad record must not hold up the good ones beside it");
    properties.set("StartingPosition", starting);
    properties.set("BisectBatchOnFunctionError", Value::new(ValueKind::Boolean(true), &bisect));
    for (property, given) in [
        ("BatchSize", shards.batch.as_ref().map(|batch| (batch.0, &batch.span))),
        ("MaximumRetryAttempts", shards.retries.as_ref().map(|retries| (retries.0, &retries.span))),
        ("MaximumRecordAgeInSeconds", shards.max_age.as_ref().map(|age| (age.0 as i64, &age.span))),
        ("ParallelizationFactor", shards.parallel.as_ref().map(|batches| (batches.0, &batches.span))),
    ] {
        if let Some((count, span)) = given {
            properties.set(property, number(count, span));
        }
    }
    let told = shards.on_failure.as_ref().and_then(|told| arn(&told.path(), &told.span, lowering));
    if let Some(destination) = told {
        let origin = destination.origin.clone();
        let on_failure = Value::map(&origin).with("Destination", destination);
        properties.set("DestinationConfig", Value::map(&origin).with("OnFailure", on_failure));
    }
}

/// Lets the topic call the function, and subscribes it.
fn subscribe(event: &TopicEvent, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::authored(&event.topic.span);
    let path = event.topic.path();
    let Some(entry) = lowering.model.entry(&path) else { return };
    let Some(topic) = arn(&path, &event.topic.span, lowering) else { return };
    let sender = |origin: &Origin| Sender {
        service: "sns.amazonaws.com",
        entry,
        source: Some(topic.clone()),
        origin: origin.clone(),
    };
    let Some(admission) = lowering.admit(&this.path(), &sender(&origin)) else { return };
    let mut properties = Value::map(&origin)
        .with("TopicArn", topic.clone())
        .with("Protocol", Value::text("lambda", &origin))
        .with("Endpoint", admission.arn);
    if let Some(filter) = &event.filter {
        properties.set("FilterPolicy", Value::from_json(filter.0.clone(), &Origin::authored(&filter.span)));
    }
    let lost = event.on_failure.as_ref().and_then(|queue| {
        let origin = Origin::authored(&queue.span);
        lowering.admit(&queue.path(), &sender(&origin)).map(|admission| (admission, origin))
    });
    let mut after = None;
    if let Some((admission, origin)) = lost {
        properties.set("RedrivePolicy", Value::map(&origin).with("deadLetterTargetArn", admission.arn));
        after = admission.after;
    }
    let subscription = lowering.add(Home::Application, this, &suffix(&path), "AWS::SNS::Subscription", properties);
    subscription.depends_on.extend(after);
}

fn number(count: i64, span: &Span) -> Value {
    Value::new(ValueKind::Integer(count), &Origin::authored(span))
}

fn response_types(given: &Located<bool>) -> Option<Value> {
    let origin = Origin::authored(&given.span);
    given.value.then(|| Value::list(vec![Value::text("ReportBatchItemFailures", &origin)], &origin))
}

fn filter_criteria(event: &Event) -> Option<Value> {
    let filters = event.filters()?;
    let patterns = filters.value.0.iter().map(|filter| {
        let origin = Origin::authored(&filter.span);
        Value::map(&origin).with("Pattern", Value::text(filter.value.0.to_string(), &origin))
    });
    let origin = Origin::authored(&filters.span);
    Some(Value::map(&origin).with("Filters", Value::list(patterns.collect(), &origin)))
}

fn arn(path: &str, span: &Span, lowering: &Lowering<'_>) -> Option<Value> {
    let entry = lowering.model.entry(path)?;
    lowering.model.attribute(entry, "arn", &Origin::authored(span))
}
