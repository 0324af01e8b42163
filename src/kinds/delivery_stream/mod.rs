//! `deliveries`: Firehose delivery streams.

mod check;
mod destination;
mod lower;
mod prefix;
mod rules;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Admission, Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Sender, Statement, Thing,
    Verb, logical_id, section,
};
use crate::source::Span;
use crate::spec::{Bytes, Count, Either, Reference, Seconds, Target};
use crate::{choice, record};

use destination::Destination;

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
        /// The stream whose records are delivered. Without it, things that have the delivery under `writes` put records into it; a delivery reads a stream or takes records, never both.
        optional from: Reference<Streams> = "from",
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
        let from = self.from.iter().map(|from| (Verb::Reads, from.path(), &from.span));
        let calls = self.transforming().into_iter().map(|it| (Verb::Calls, it.function.path(), it.span));
        let buckets = self.to.buckets().into_iter().map(|bucket| (Verb::Writes, bucket.path(), &bucket.span));
        let links = from.chain(calls).chain(buckets);
        links.map(|(verb, target, span)| Link::to(verb, target, span)).collect()
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
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
