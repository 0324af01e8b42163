//! What makes a source start a function: event source mappings, and subscriptions. A bucket tells of its objects by
//! itself, since that is a setting of the bucket.

use super::events::{Event, KafkaEvent, KafkaPollers, QueueEvent, Shards, StreamEvent, TopicEvent};
use super::{Function, package};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::kafka;
use crate::model::{Alarm, Entry, Home, Lowering, Sender, Statement, Verb, logical_id, pascal};
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

/// The consumer group by which a function reads a topic. Were it left to Lambda, nobody would know its name.
fn group(event: &KafkaEvent, this: &Entry) -> (String, Origin) {
    match &event.group {
        Some(group) => (group.text.clone(), Origin::authored(&group.span)),
        None => {
            let derived = this.derived("a function reads a topic by a consumer group of its own");
            (format!("${{AWS::StackName}}-{}-{}", this.name.value, event.topic.text), derived)
        }
    }
}

/// What a function needs to read a topic of a Kafka cluster.
pub(super) fn topic_statements(event: &Event, this: &Entry) -> Vec<Statement> {
    let Event::Kafka(event) = event else { return Vec::new() };
    let origin = Origin::derived(&event.kafka.span, "this topic starts the function");
    kafka::for_function(&event.kafka, &event.topic.text, &group(event, this).0, &origin)
}

/// MSK tells of a consumer group how long it would take to catch up.
fn add_late_alarm(event: &KafkaEvent, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(entry) = lowering.model.entry(&event.kafka.path()) else { return };
    let origin = this.derived("a reader that runs late loses records in the end");
    let (group, _) = group(event, this);
    let kept = kafka::kept_seconds(lowering.model, &event.kafka, &event.topic.text);
    let dimensions = vec![
        ("Cluster Name", lowering.physical_name(entry)),
        ("Consumer Group", Value::sub(group, &origin)),
        ("Topic", Value::text(&*event.topic.text, &origin)),
    ];
    let suffix = format!("{}{}Late", suffix(&event.kafka.path()), pascal(&event.topic.text));
    let description = format!(
        "{} is behind the topic {} by half the time that its records are kept: they will be lost",
        this.path(),
        event.topic.text
    );
    lowering.add_alarm(
        this,
        Alarm {
            suffix: &suffix,
            description,
            namespace: "AWS/Kafka",
            metric: "EstimatedMaxTimeLag",
            dimensions,
            statistic: "Maximum",
            period: 300,
            periods: 3,
            comparison: "GreaterThanThreshold",
            threshold: (kept / 2) as f64,
            origin,
        },
    );
}

fn set_topic(properties: &mut Value, event: &KafkaEvent, this: &Entry) {
    let (group, origin) = group(event, this);
    let topic = Origin::authored(&event.topic.span);
    properties.set("Topics", Value::list(vec![Value::text(&*event.topic.text, &topic)], &topic));
    let config = Value::map(&origin).with("ConsumerGroupId", Value::sub(group, &origin));
    properties.set("AmazonManagedKafkaEventSourceConfig", config);
    if let Some(pollers) = &event.pollers {
        let KafkaPollers { min, max } = &pollers.value;
        let config = Value::map(&Origin::authored(&pollers.span))
            .with_some("MinimumPollers", min.as_ref().map(|min| number(min.0, &min.span)))
            .with_some("MaximumPollers", max.as_ref().map(|max| number(max.0, &max.span)));
        properties.set("ProvisionedPollerConfig", config);
    }
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
    let mut properties = Value::map(&origin)
        .with("FunctionName", function.callee_name(this, &origin))
        .with("Enabled", package::enabled(function, this, event))
        .with("EventSourceArn", source)
        .with_some("MaximumBatchingWindowInSeconds", event.window().map(|window| number(window.0 as i64, &window.span)))
        .with_some("FunctionResponseTypes", event.report_failures().and_then(response_types))
        .with_some("FilterCriteria", filter_criteria(event));
    if let Some(batch) = event.batch() {
        properties.set("BatchSize", number(batch.0, &batch.span));
    }
    if let Some(from) = event.begin() {
        let starting = match from {
            Some(from) => Value::text(from.word().replace('-', "_").to_uppercase(), &Origin::authored(&from.span)),
            None => Value::text("LATEST", &this.derived("a new reader begins at new records unless told otherwise")),
        };
        properties.set("StartingPosition", starting);
    }
    if let Event::Queue(queue) = &event.value {
        set_queue(&mut properties, queue);
    }
    if let Some(shards) = event.shards() {
        set_shards(&mut properties, &shards, this);
    }
    let (mut suffix, mut after) = (suffix(&path), None);
    if let Event::Kafka(topic) = &event.value {
        set_topic(&mut properties, topic, this);
        suffix.push_str(&pascal(&topic.topic.text));
        after = kafka::before_reading(lowering.model, &topic.kafka, &topic.topic.text);
        add_late_alarm(topic, this, lowering);
    }
    let told = event.told().and_then(|told| arn(&told.path(), &told.span, lowering));
    if let Some(destination) = told {
        let origin = destination.origin.clone();
        let on_failure = Value::map(&origin).with("Destination", destination);
        properties.set("DestinationConfig", Value::map(&origin).with("OnFailure", on_failure));
    }
    let mapping = lowering.add(Home::Application, this, &suffix, "AWS::Lambda::EventSourceMapping", properties);
    mapping.depends_on.extend(after);
}

fn set_queue(properties: &mut Value, queue: &QueueEvent) {
    if let Some(calls) = &queue.concurrency {
        let scaling = Value::map(&Origin::authored(&calls.span));
        properties.set("ScalingConfig", scaling.with("MaximumConcurrency", number(calls.0, &calls.span)));
    }
}

fn set_shards(properties: &mut Value, shards: &Shards<'_>, this: &Entry) {
    let bisect = this.derived("a bad record must not hold up the good ones beside it");
    properties.set("BisectBatchOnFunctionError", Value::new(ValueKind::Boolean(true), &bisect));
    for (property, given) in [
        ("MaximumRetryAttempts", shards.retries.as_ref().map(|retries| (retries.0, &retries.span))),
        ("MaximumRecordAgeInSeconds", shards.max_age.as_ref().map(|age| (age.0 as i64, &age.span))),
        ("ParallelizationFactor", shards.parallel.as_ref().map(|batches| (batches.0, &batches.span))),
    ] {
        if let Some((count, span)) = given {
            properties.set(property, number(count, span));
        }
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
