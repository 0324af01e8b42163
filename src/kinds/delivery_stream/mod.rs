//! `deliveries`: Firehose delivery streams.

mod check;
mod destination;
mod lower;
mod prefix;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::kafka::{Clusters, TopicName};
use crate::kinds::search::Search;
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Sender, Statement, Thing,
    Verb, logical_id, section,
};
use crate::source::Located;
use crate::source::Span;
use crate::spec::{Bytes, Count, Either, Matching, Reference, Seconds, Target};
use crate::{choice, record};

use crate::kinds::network::Networks;
use destination::{Destination, ToOpenSearch, ToRedshift};

pub const KIND: Kind = Kind {
    section: section::<DeliveryStream>("deliveries", "Firehose delivery streams."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The delivery stream's name." },
        Attribute {
            name: "arn",
            known: Home::Application,
            gives: Gives::GetAtt("Arn"),
            doc: "The delivery stream's ARN.",
        },
    ],
    longest_name: 64,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Firehose delivery stream: it gathers records and writes them to one destination.
    pub struct DeliveryStream {
        /// The stream whose records are delivered, or the topic of a Kafka cluster. Without it, things that have the delivery under `writes` put records into it; a delivery reads a stream or a topic or takes records, never two of them.
        optional from: Either<Reference<Streams>, KafkaTopicSource> = "from",
        /// Where the records go: exactly one of `s3`, `redshift`, `opensearch`, `http` and `splunk`, with the keys that belong to it.
        required to: Destination = "to",
        /// The function that changes the records on their way.
        optional transform: Either<Reference<Functions>, Transform> = "transform",
        /// How much is gathered before it is delivered.
        optional buffer: DeliveryBuffer = "buffer",
        /// How long a failed delivery is tried again, at most `2h`; `5m`, for Redshift `1h`, unless told otherwise. A delivery to S3 has it for partitions only: others are tried again for as long as Firehose keeps the records.
        optional retry: Seconds = "retry",
        /// Which records are kept in the bucket for backups. For S3 and Redshift, `all` is to keep the records as they came. Whoever begins with `failed` may go on to `all`, except for OpenSearch; AWS does not go back.
        optional backup: Backup = "backup",
    }
}

record! {
    /// A topic of a Kafka cluster. A delivery of a topic goes to S3, and begins with what comes after its creation.
    pub struct KafkaTopicSource {
        /// The cluster; one of brokers has to be `multi-vpc`.
        required kafka: Reference<Clusters> = "kafka",
        /// The topic.
        required topic: Matching<TopicName> = "topic",
    }
}

record! {
    /// What Firehose gathers before it delivers: until one of the two is reached.
    pub struct DeliveryBuffer {
        /// Whole mebibytes: at most `128MiB` for S3 and Redshift, `100MiB` for OpenSearch, `64MiB` for HTTP endpoints, `5MiB` for Splunk. `5MiB` unless told otherwise; to convert or partition takes `64MiB` at least, and has `128MiB` unless told otherwise.
        optional size: Bytes = "size",
        /// At most `15m`, for Splunk `1m`; `5m`, for Splunk `1m`, unless told otherwise.
        optional interval: Seconds = "interval",
    }
}

record! {
    /// A function that changes records on their way.
    pub struct Transform {
        /// The function. It may take at most 5 minutes a call.
        required function: Reference<Functions> = "function",
        /// What is gathered for a call.
        optional buffer: TransformBuffer = "buffer",
        /// How often a failed call is tried again, at most 300 times; 3 unless told otherwise.
        optional retries: Count<0, 300> = "retries",
    }
}

record! {
    /// What Firehose gathers before it calls a function: until one of the two is reached.
    pub struct TransformBuffer {
        /// At most `3MiB`, at least a fifth of a mebibyte (`205KiB`); `1MiB` unless told otherwise.
        optional size: Bytes = "size",
        /// At most `15m`; `60s` unless told otherwise.
        optional interval: Seconds = "interval",
    }
}

choice! {
    /// Which records are kept in the bucket for backups.
    pub enum Backup {
        /// All of them.
        All = "all",
        /// Those that could not be delivered.
        Failed = "failed",
    }
}

#[derive(Debug)]
pub struct Streams;

impl Target for Streams {
    const SECTIONS: &'static [&'static str] = &["streams"];
}

#[derive(Debug)]
pub struct Functions;

impl Target for Functions {
    const SECTIONS: &'static [&'static str] = &["functions"];
}

/// The function of a transformation, where it is named, and what is said of its calls.
struct Transforming<'a> {
    function: &'a Reference<Functions>,
    span: &'a Span,
    settings: Option<&'a Transform>,
}

impl DeliveryStream {
    fn transforming(&self) -> Option<Transforming<'_>> {
        let transform = self.transform.as_ref()?;
        Some(match &transform.value {
            Either::Short(function) => Transforming { function, span: &transform.span, settings: None },
            Either::Long(long) => {
                Transforming { function: &long.function.value, span: &long.function.span, settings: Some(long) }
            }
        })
    }

    /// The stream that it reads.
    fn stream(&self) -> Option<(&Reference<Streams>, &Span)> {
        match &self.from.as_ref()?.value {
            Either::Short(stream) => self.from.as_ref().map(|from| (stream, &from.span)),
            Either::Long(_) => None,
        }
    }

    /// The topic that it reads.
    fn topic(&self) -> Option<&KafkaTopicSource> {
        match &self.from.as_ref()?.value {
            Either::Short(_) => None,
            Either::Long(topic) => Some(topic),
        }
    }

    /// The network in which it connects to a domain.
    fn place<'a>(&'a self, model: &'a Model) -> Option<&'a Located<Reference<Networks>>> {
        let Destination::OpenSearch(ToOpenSearch { opensearch, .. }) = &*self.to else { return None };
        match &opensearch.value {
            Either::Short(domain) => model.thing::<Search>(&domain.path())?.1.network.as_ref(),
            Either::Long(index) => index.network.as_ref(),
        }
    }

    /// What may be done with a delivery stream that things put records into.
    fn putting(&self, this: &Entry, origin: &Origin) -> Option<Statement> {
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", origin);
        self.from
            .is_none()
            .then(|| Statement::new(&["firehose:PutRecord", "firehose:PutRecordBatch"], vec![arn], origin))
    }
}

impl Thing for DeliveryStream {
    fn links(&self) -> Vec<Link> {
        let from = self.stream().into_iter().map(|(stream, span)| (Verb::Reads, stream.path(), span));
        let topic = self.topic().into_iter().map(|topic| (Verb::On, topic.kafka.path(), &topic.kafka.span));
        let made = self.to.made().into_iter().map(|(path, span)| (Verb::Writes, path, span));
        let calls = self.transforming().into_iter().map(|it| (Verb::Calls, it.function.path(), it.span));
        let buckets = self.to.buckets().into_iter().map(|bucket| (Verb::Writes, bucket.path(), &bucket.span));
        let links = from.chain(topic).chain(calls).chain(buckets).chain(made);
        links.map(|(verb, target, span)| Link::to(verb, target, span)).collect()
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn network(&self, model: &Model) -> Option<String> {
        self.place(model).map(|network| network.path())
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let statement = self.putting(this, origin).filter(|_| verb == Verb::Writes)?;
        Some(Grant {
            statements: vec![statement],
            environment: vec![("name", Value::reference(logical_id(this.section, &this.name.value, ""), origin))],
            event_source: None,
        })
    }

    fn admit(&self, this: &Entry, sender: &Sender<'_>, _lowering: &mut Lowering<'_>) -> Option<Admission> {
        let statement = self.putting(this, &sender.origin)?;
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", &sender.origin);
        Some(Admission { arn, statements: vec![statement], after: None })
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        let name = [("DeliveryStreamName", this.reference(&this.shown()))];
        let incoming = if self.from.is_some() { "DataReadFromKinesisStream.Records" } else { "IncomingRecords" };
        vec![
            Chart::new("Records in", "AWS/Firehose", &name, [(incoming, "Sum")]),
            Chart::new("Age of the oldest record", "AWS/Firehose", &name, [(lower::freshness(self), "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}

/// Whether a delivery loads the warehouse at a path.
pub(in crate::kinds) fn loads(model: &Model, warehouse: &str) -> bool {
    deliveries(model).any(|delivery| match &*delivery.to {
        Destination::Redshift(ToRedshift { redshift, .. }) => {
            matches!(&redshift.value, Either::Short(path) if path.path() == warehouse)
        }
        _ => false,
    })
}

/// Whether a delivery reads the Kafka cluster at a path.
pub(in crate::kinds) fn reads_topics(model: &Model, cluster: &str) -> bool {
    deliveries(model).any(|delivery| delivery.topic().is_some_and(|topic| topic.kafka.path() == cluster))
}

fn deliveries(model: &Model) -> impl Iterator<Item = &DeliveryStream> {
    model.entries.iter().filter_map(|entry| Some(model.thing::<DeliveryStream>(&entry.path())?.1))
}
