//! What starts a function, each source with the settings that it has.

use serde_json::{Value as Json, json};

use super::filter::Filter;
use crate::kinds::kafka::{Clusters, TopicName};
use crate::model::{Link, Verb, Watch};
use crate::source::{Located, Span};
use crate::spec::{
    Count, Decoder, Definitions, Matching, OneOrMany, Pattern, PlainText, Reference, Seconds, Shape, Target,
};
use crate::syntax::{Node, Value};
use crate::{choice, record};

/// What starts a function.
#[derive(Clone, Debug)]
pub enum Event {
    Stream(StreamEvent),
    Table(TableEvent),
    Queue(QueueEvent),
    Bucket(BucketEvent),
    Topic(TopicEvent),
    Kafka(KafkaEvent),
}

record! {
    /// Records of a topic of a Kafka cluster that start a function. A batch that fails is tried again; with `on-failure` at most ten times.
    pub struct KafkaEvent {
        /// The cluster. Lambda reads it from the network of the cluster, and has to reach itself and STS from there.
        required kafka: Reference<Clusters> = "kafka",
        /// The topic.
        required topic: Matching<TopicName> = "topic",
        /// At most so many records a call; 100 unless told otherwise.
        optional batch: Count<1, 10_000> = "batch",
        /// How long to gather a batch, at most `5m`; half a second unless told otherwise. Once it is written, it cannot be left out again.
        optional window: Seconds = "window",
        /// Where a new consumer group begins; `latest` unless told otherwise.
        optional from: StartingPosition = "from",
        /// The consumer group, which nothing else uses; one of the stack, the function and the topic unless told otherwise. It cannot be changed later.
        optional group: Matching<ConsumerGroup> = "group",
        /// Only records that match start the function: a pattern, or up to five of which one must match.
        optional filter: OneOrMany<Filter> = "filter",
        /// The topic of SNS or the queue that is told of batches given up.
        optional on_failure: Reference<Failures> = "on-failure",
        /// How many pollers are kept for this topic, each with up to 5 MB/s, at a price; as many as Lambda sees fit unless told otherwise.
        optional pollers: KafkaPollers = "pollers",
    }
}

record! {
    /// Pollers that are kept for a topic.
    pub struct KafkaPollers {
        /// The fewest; 1 unless told otherwise.
        optional min: Count<1, 200> = "min",
        /// The most; 200 unless told otherwise.
        optional max: Count<1, 2000> = "max",
    }
}

record! {
    /// Records of a stream that start a function.
    pub struct StreamEvent {
        /// The stream.
        required stream: Reference<Streams> = "stream",
        /// At most so many records a call; 100 unless told otherwise.
        optional batch: Count<1, 10_000> = "batch",
        /// How long to gather a batch, at most `5m`.
        optional window: Seconds = "window",
        /// Where a new function begins; `latest` unless told otherwise.
        optional from: StartingPosition = "from",
        /// How often a failing batch is tried again before it is given up; for as long as the records are kept unless told otherwise.
        optional retries: Count<0, 10_000> = "retries",
        /// Records older than this are given up: from `1m` to `7d`.
        optional max_age: Seconds = "max-age",
        /// How many batches of one shard are worked on at a time, in order by partition key; 1 unless told otherwise.
        optional parallel: Count<1, 10> = "parallel",
        /// Whether the function says which records of a batch failed, so that only they come again; `false` unless told otherwise.
        optional report_failures: bool = "report-failures",
        /// Only records that match start the function: a pattern, or up to five of which one must match.
        optional filter: OneOrMany<Filter> = "filter",
        /// The topic or queue that is told of batches given up.
        optional on_failure: Reference<Failures> = "on-failure",
        /// Gives the function 2 MB/s of each shard for itself, at a price, instead of a share; `false` unless told otherwise.
        optional fan_out: bool = "fan-out",
    }
}

record! {
    /// Changes of a table that start a function.
    pub struct TableEvent {
        /// The table; it needs a `stream`.
        required table: Reference<Tables> = "table",
        /// At most so many changes a call; 100 unless told otherwise.
        optional batch: Count<1, 10_000> = "batch",
        /// How long to gather a batch, at most `5m`.
        optional window: Seconds = "window",
        /// Where a new function begins; `latest` unless told otherwise.
        optional from: StartingPosition = "from",
        /// How often a failing batch is tried again before it is given up; for the day that changes are kept unless told otherwise.
        optional retries: Count<0, 10_000> = "retries",
        /// Changes older than this are given up: from `1m` to `7d`.
        optional max_age: Seconds = "max-age",
        /// How many batches of one shard are worked on at a time, in order by item; 1 unless told otherwise.
        optional parallel: Count<1, 10> = "parallel",
        /// Whether the function says which changes of a batch failed, so that only they come again; `false` unless told otherwise.
        optional report_failures: bool = "report-failures",
        /// Only changes that match start the function: a pattern, or up to five of which one must match.
        optional filter: OneOrMany<Filter> = "filter",
        /// The topic or queue that is told of batches given up.
        optional on_failure: Reference<Failures> = "on-failure",
    }
}

record! {
    /// Messages of a queue that start a function. Those that fail again and again go where the queue's `dead-letters` says.
    pub struct QueueEvent {
        /// The queue.
        required queue: Reference<Queues> = "queue",
        /// At most so many messages a call; 10 unless told otherwise, which is the most without `window` and of a FIFO queue.
        optional batch: Count<1, 10_000> = "batch",
        /// How long to gather a batch, at most `5m`; a FIFO queue has none.
        optional window: Seconds = "window",
        /// How many calls may run at a time for this queue; as many as Lambda gives unless told otherwise.
        optional concurrency: Count<2, 1000> = "concurrency",
        /// Whether the function says which messages of a batch failed, so that only they come again; `false` unless told otherwise.
        optional report_failures: bool = "report-failures",
        /// Only messages that match start the function, all others are deleted: a pattern, or up to five of which one must match.
        optional filter: OneOrMany<Filter> = "filter",
    }
}

record! {
    /// Objects of a bucket that start a function.
    pub struct BucketEvent {
        /// The bucket.
        required bucket: Reference<Buckets> = "bucket",
        /// Only objects whose key begins so.
        optional prefix: PlainText = "prefix",
        /// Only objects whose key ends so, for example `.json`.
        optional suffix: PlainText = "suffix",
        /// What must happen to an object; `created` unless told otherwise.
        optional when: OneOrMany<ObjectEvent> = "when",
    }
}

record! {
    /// Messages of a topic that start a function.
    pub struct TopicEvent {
        /// The topic.
        required topic: Reference<Topics> = "topic",
        /// Only messages whose attributes match start the function.
        optional filter: Filter = "filter",
        /// The queue that gets messages which could not be handed to the function.
        optional on_failure: Reference<Queues> = "on-failure",
    }
}

choice! {
    /// Where in a stream a new reader begins.
    pub enum StartingPosition {
        /// At records that come after it.
        Latest = "latest",
        /// At the oldest record that is kept.
        TrimHorizon = "trim-horizon",
    }
}

choice! {
    /// What happens to an object.
    pub enum ObjectEvent {
        /// It is written, however.
        Created = "created",
        /// It is deleted, or hidden by a delete marker.
        Removed = "removed",
    }
}

impl ObjectEvent {
    /// S3's own name.
    pub fn pattern(self) -> &'static str {
        match self {
            ObjectEvent::Created => "s3:ObjectCreated:*",
            ObjectEvent::Removed => "s3:ObjectRemoved:*",
        }
    }
}

macro_rules! targets {
    ($($name:ident = $($section:literal),+;)*) => {$(
        #[derive(Debug)]
        pub struct $name;

        impl Target for $name {
            const SECTIONS: &'static [&'static str] = &[$($section),+];
        }
    )*};
}

targets! {
    Streams = "streams";
    Tables = "tables";
    Queues = "queues";
    Buckets = "buckets";
    Topics = "topics";
    Failures = "topics", "queues";
}

/// What Lambda takes as the name of a consumer group.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerGroup;

impl Pattern for ConsumerGroup {
    const REGEX: &'static str = "^[a-zA-Z0-9_.-]{1,200}$";
    const EXPECTED: &'static str = "the name of a consumer group: letters, digits, `_`, `.` and `-`, at most 200";
    const EXAMPLE: &'static str = "rides-archive";

    fn matches(text: &str) -> bool {
        (1..=200).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    }
}

const SOURCES: &[&str] = &["stream", "table", "queue", "bucket", "topic", "kafka"];
/// The keys beside the sources: where no source is named, none of them is wrong.
const SETTINGS: &[&str] = &[
    "batch",
    "concurrency",
    "fan-out",
    "filter",
    "from",
    "group",
    "max-age",
    "on-failure",
    "parallel",
    "pollers",
    "prefix",
    "report-failures",
    "retries",
    "suffix",
    "when",
    "window",
];

impl Shape for Event {
    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [
            StreamEvent::schema(definitions),
            TableEvent::schema(definitions),
            QueueEvent::schema(definitions),
            BucketEvent::schema(definitions),
            TopicEvent::schema(definitions),
            KafkaEvent::schema(definitions),
        ] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            decoder.wrong_type(node, &format!("a mapping such as `{}`", mapping_of(node)));
            return None;
        };
        // Beside `kafka`, `topic` is the topic of the cluster.
        let of_kafka = entries.iter().any(|entry| entry.key.text == "kafka");
        let mut given = entries
            .iter()
            .map(|entry| entry.key.text.as_str())
            .filter(|key| SOURCES.contains(key) && !(of_kafka && *key == "topic"));
        match (given.next(), given.next()) {
            (Some("kafka"), None) => KafkaEvent::decode(node, decoder).map(Self::Kafka),
            (Some("stream"), None) => StreamEvent::decode(node, decoder).map(Self::Stream),
            (Some("table"), None) => TableEvent::decode(node, decoder).map(Self::Table),
            (Some("queue"), None) => QueueEvent::decode(node, decoder).map(Self::Queue),
            (Some("bucket"), None) => BucketEvent::decode(node, decoder).map(Self::Bucket),
            (Some("topic"), None) => TopicEvent::decode(node, decoder).map(Self::Topic),
            _ => {
                let keys = [SOURCES, SETTINGS].concat();
                decoder.fields(node, &keys, SOURCES)?;
                None
            }
        }
    }
}

/// What is meant by a mere reference.
fn mapping_of(node: &Node) -> String {
    let text = if let Value::Scalar(scalar) = &node.value { scalar.text.as_str() } else { "" };
    let named = text.split_once('.').and_then(|(section, _)| section.strip_suffix('s'));
    match named.filter(|source| SOURCES.contains(source)) {
        Some(source) => format!("{{{source}: {text}}}"),
        None => "{stream: streams.trips}".to_owned(),
    }
}

/// The settings that streams and tables share.
pub(super) struct Shards<'a> {
    pub(super) batch: &'a Option<Located<Count<1, 10_000>>>,
    pub(super) from: &'a Option<Located<StartingPosition>>,
    pub(super) retries: &'a Option<Located<Count<0, 10_000>>>,
    pub(super) max_age: &'a Option<Located<Seconds>>,
    pub(super) parallel: &'a Option<Located<Count<1, 10>>>,
    pub(super) on_failure: &'a Option<Located<Reference<Failures>>>,
}

impl Event {
    /// The path of what starts the function, and where it is named.
    pub(super) fn source(&self) -> (String, &Span) {
        match self {
            Self::Stream(event) => (event.stream.path(), &event.stream.span),
            Self::Table(event) => (event.table.path(), &event.table.span),
            Self::Queue(event) => (event.queue.path(), &event.queue.span),
            Self::Bucket(event) => (event.bucket.path(), &event.bucket.span),
            Self::Topic(event) => (event.topic.path(), &event.topic.span),
            Self::Kafka(event) => (event.kafka.path(), &event.kafka.span),
        }
    }

    /// What tells it from other sources of a function.
    pub(super) fn identity(&self) -> String {
        let (path, _) = self.source();
        match self {
            Self::Kafka(event) => format!("{path}/{}", event.topic.text),
            _ => path,
        }
    }

    pub(super) fn batch(&self) -> Option<&Located<Count<1, 10_000>>> {
        match self {
            Self::Queue(QueueEvent { batch, .. }) | Self::Kafka(KafkaEvent { batch, .. }) => batch.as_ref(),
            _ => self.shards()?.batch.as_ref(),
        }
    }

    /// Where a new reader begins; `None` where there is no such choice.
    pub(super) fn begin(&self) -> Option<&Option<Located<StartingPosition>>> {
        match self {
            Self::Kafka(event) => Some(&event.from),
            _ => self.shards().map(|shards| shards.from),
        }
    }

    /// What an event source mapping tells of batches given up.
    pub(super) fn told(&self) -> Option<&Located<Reference<Failures>>> {
        match self {
            Self::Kafka(event) => event.on_failure.as_ref(),
            _ => self.shards()?.on_failure.as_ref(),
        }
    }

    pub(super) fn links(&self) -> Vec<Link> {
        let (target, span) = self.source();
        let on = Link::to(Verb::On, target, span);
        let told = self.told().map(|it| Link::to(Verb::Writes, it.path(), &it.span));
        std::iter::once(on).chain(told).collect()
    }

    pub(super) fn watch(&self) -> Option<Watch> {
        let Self::Bucket(event) = self else { return None };
        let text = |given: &Option<Located<PlainText>>| given.clone().map(|given| given.map(|text| text.0));
        let when = event.when.iter().flat_map(|when| &when.value.0).map(|when| when.value.pattern());
        let events: Vec<_> = when.collect();
        Some(Watch {
            bucket: event.bucket.path(),
            events: if events.is_empty() { vec![ObjectEvent::Created.pattern()] } else { events },
            prefix: text(&event.prefix),
            suffix: text(&event.suffix),
            span: event.bucket.span.clone(),
        })
    }

    pub(super) fn shards(&self) -> Option<Shards<'_>> {
        match self {
            Self::Stream(StreamEvent { batch, from, retries, max_age, parallel, on_failure, .. })
            | Self::Table(TableEvent { batch, from, retries, max_age, parallel, on_failure, .. }) => {
                Some(Shards { batch, from, retries, max_age, parallel, on_failure })
            }
            _ => None,
        }
    }

    /// The path of the topic or queue that is told of failures, and where it is named.
    pub(super) fn failures(&self) -> Option<(String, &Span)> {
        match self {
            Self::Stream(_) | Self::Table(_) | Self::Kafka(_) => self.told().map(|told| (told.path(), &told.span)),
            Self::Topic(TopicEvent { on_failure, .. }) => on_failure.as_ref().map(|told| (told.path(), &told.span)),
            Self::Queue(_) | Self::Bucket(_) => None,
        }
    }

    pub(super) fn window(&self) -> Option<&Located<Seconds>> {
        match self {
            Self::Stream(StreamEvent { window, .. })
            | Self::Table(TableEvent { window, .. })
            | Self::Queue(QueueEvent { window, .. })
            | Self::Kafka(KafkaEvent { window, .. }) => window.as_ref(),
            Self::Bucket(_) | Self::Topic(_) => None,
        }
    }

    pub(super) fn report_failures(&self) -> Option<&Located<bool>> {
        match self {
            Self::Stream(StreamEvent { report_failures, .. })
            | Self::Table(TableEvent { report_failures, .. })
            | Self::Queue(QueueEvent { report_failures, .. }) => report_failures.as_ref(),
            Self::Bucket(_) | Self::Topic(_) | Self::Kafka(_) => None,
        }
    }

    /// Whether only a part of what comes from the source starts the function.
    pub(super) fn is_narrowed(&self) -> bool {
        match self {
            Self::Bucket(event) => event.prefix.is_some() || event.suffix.is_some(),
            Self::Topic(event) => event.filter.is_some(),
            Self::Stream(_) | Self::Table(_) | Self::Queue(_) => self.filters().is_some(),
            // One topic of many: nobody knows to which one the function writes.
            Self::Kafka(_) => true,
        }
    }

    /// The settings that narrow it.
    pub(super) fn narrowed_by(&self) -> &'static str {
        if matches!(self, Self::Bucket(_)) { "`prefix` or `suffix`" } else { "a `filter`" }
    }

    /// The patterns of which one must match.
    pub(super) fn filters(&self) -> Option<&Located<OneOrMany<Filter>>> {
        match self {
            Self::Stream(StreamEvent { filter, .. })
            | Self::Table(TableEvent { filter, .. })
            | Self::Queue(QueueEvent { filter, .. })
            | Self::Kafka(KafkaEvent { filter, .. }) => filter.as_ref(),
            Self::Bucket(_) | Self::Topic(_) => None,
        }
    }
}
