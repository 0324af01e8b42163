//! Where records go.

use std::ops::RangeInclusive;

use serde_json::{Value as Json, json};

use crate::kinds::catalog::CatalogTables;
use crate::kinds::network::Networks;
use crate::kinds::search::Domains;
use crate::kinds::warehouse::Warehouses;
use crate::source::{Located, Span};
use crate::spec::{
    Decoder, Definitions, Either, Mapping, Matching, Pattern, PlainText, Reference, Shape, Target, Text,
};
use crate::syntax::{Node, Value};
use crate::{choice, record};

/// A destination, told by the key that names it.
#[derive(Clone, Debug)]
pub enum Destination {
    S3(ToS3),
    Redshift(ToRedshift),
    OpenSearch(ToOpenSearch),
    Http(ToHttp),
    Splunk(ToSplunk),
}

const DESTINATIONS: &[&str] = &["s3", "redshift", "opensearch", "http", "splunk"];
const KEYS: &[&str] = &[
    "s3",
    "redshift",
    "opensearch",
    "http",
    "splunk",
    "prefix",
    "errors",
    "format",
    "table",
    "compression",
    "partition-by",
    "through",
    "columns",
    "options",
    "secret",
    "index",
    "rotation",
    "backup",
];

impl Shape for Destination {
    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [
            ToS3::schema(definitions),
            ToRedshift::schema(definitions),
            ToOpenSearch::schema(definitions),
            ToHttp::schema(definitions),
            ToSplunk::schema(definitions),
        ] })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let given: Vec<&str> = match &node.value {
            Value::Map(entries) => {
                let keys = entries.iter().map(|entry| entry.key.text.as_str());
                keys.filter(|key| DESTINATIONS.contains(key)).collect()
            }
            _ => Vec::new(),
        };
        match given.as_slice() {
            ["s3"] => ToS3::decode(node, decoder).map(Self::S3),
            ["redshift"] => ToRedshift::decode(node, decoder).map(Self::Redshift),
            ["opensearch"] => ToOpenSearch::decode(node, decoder).map(Self::OpenSearch),
            ["http"] => ToHttp::decode(node, decoder).map(Self::Http),
            ["splunk"] => ToSplunk::decode(node, decoder).map(Self::Splunk),
            _ => {
                decoder.fields(node, KEYS, DESTINATIONS);
                None
            }
        }
    }
}

record! {
    /// Objects in a bucket.
    pub struct ToS3 {
        /// The bucket.
        required s3: Reference<Buckets> = "s3",
        /// What the names of objects begin with, e.g. `trips/!{timestamp:yyyy/MM/dd}/`; the delivery's name and the partitions unless told otherwise. Without a date in it, Firehose adds `yyyy/MM/dd/HH/`.
        optional prefix: Text = "prefix",
        /// What the names of objects begin with that hold records which could not be delivered; `errors/`, the delivery's name and the reason unless told otherwise.
        optional errors: Text = "errors",
        /// How records are written: one after the other as they came unless told otherwise.
        optional format: Format = "format",
        /// The table that says which columns records have, for `parquet` and `orc`: one of this file, e.g. `catalogs.fleet.readings`, or any other of the Glue Data Catalog.
        optional table: Either<Reference<CatalogTables>, GlueTable> = "table",
        /// How objects are compressed; not at all unless told otherwise. Parquet and ORC compress by themselves.
        optional compression: Compression = "compression",
        /// The keys that partition the records, each with the jq expression that finds it in a record of JSON. Only a new delivery can be partitioned: AWS does not partition one that is there.
        optional partition_by: Mapping<PartitionKey, PlainText> = "partition-by",
        /// The bucket that keeps all records as they came, with `backup: all`.
        optional backup: Reference<Buckets> = "backup",
    }
}

record! {
    /// Rows of a Redshift table, loaded by COPY out of a bucket.
    pub struct ToRedshift {
        /// The warehouse, which has to be `public`; or a table of one that is elsewhere, and how it is reached.
        required redshift: Either<Reference<Warehouses>, RedshiftTable> = "redshift",
        /// The table of a warehouse of this document. It must be there before the first record.
        optional table: PlainText = "table",
        /// The columns that records are loaded into, separated by commas; all, in their order, unless told otherwise.
        optional columns: PlainText = "columns",
        /// Options of the COPY command, e.g. `JSON 'auto'`.
        optional options: PlainText = "options",
        /// The name of the secret in Secrets Manager that holds `username` and `password` of a user that may load the table. A cluster is loaded by its administrator unless told otherwise; a serverless warehouse needs it.
        optional secret: Text = "secret",
        /// The bucket that the records go through.
        required through: Reference<Buckets> = "through",
        /// The bucket that keeps all records as they came, with `backup: all`.
        optional backup: Reference<Buckets> = "backup",
    }
}

record! {
    /// A Redshift table and how it is reached.
    pub struct RedshiftTable {
        /// The JDBC URL of the cluster or workgroup without the database, e.g. `jdbc:redshift://trips.abc123.eu-central-1.redshift.amazonaws.com:5439`.
        required jdbc: Text = "jdbc",
        /// The database.
        required database: Matching<DatabaseName> = "database",
        /// The table. It must be there before the first record.
        required table: PlainText = "table",
        /// The columns that records are loaded into, separated by commas; all, in their order, unless told otherwise.
        optional columns: PlainText = "columns",
        /// Options of the COPY command, e.g. `JSON 'auto'`.
        optional options: PlainText = "options",
        /// The name of the secret in Secrets Manager that holds `username` and `password`.
        required secret: Text = "secret",
    }
}

record! {
    /// Documents of an OpenSearch index.
    pub struct ToOpenSearch {
        /// The domain; or an index of a domain that is elsewhere.
        required opensearch: Either<Reference<Domains>, OpenSearchIndex> = "opensearch",
        /// The index of a domain of this document.
        optional index: Matching<IndexName> = "index",
        /// How often a new index is begun in a domain of this document; never unless told otherwise.
        optional rotation: Rotation = "rotation",
        /// The bucket for records that could not be delivered, or for all of them.
        required backup: Reference<Buckets> = "backup",
    }
}

record! {
    /// An OpenSearch index and its domain.
    pub struct OpenSearchIndex {
        /// The ARN of the domain, or its endpoint, `https://search-…`.
        required domain: Text = "domain",
        /// The index.
        required index: Matching<IndexName> = "index",
        /// How often a new index is begun; never unless told otherwise.
        optional rotation: Rotation = "rotation",
        /// The network in which the domain is reached, for a domain without a public address. It cannot be changed later.
        optional network: Reference<Networks> = "network",
        /// The type of the documents, for Elasticsearch before 7; all later versions refuse it.
        optional document_type: PlainText = "type",
    }
}

record! {
    /// Requests to an HTTP endpoint.
    pub struct ToHttp {
        /// The endpoint.
        required http: HttpEndpoint = "http",
        /// The bucket for records that could not be delivered, or for all of them.
        required backup: Reference<Buckets> = "backup",
    }
}

record! {
    /// An HTTP endpoint that speaks Firehose's protocol.
    pub struct HttpEndpoint {
        /// The URL, `https://…`.
        required url: Text = "url",
        /// What the endpoint is called.
        optional name: PlainText = "name",
        /// The name of the secret in Secrets Manager that holds the access key as `api_key`.
        optional secret: Text = "secret",
    }
}

record! {
    /// Events of Splunk.
    pub struct ToSplunk {
        /// The HTTP Event Collector.
        required splunk: SplunkEndpoint = "splunk",
        /// The bucket for records that could not be delivered, or for all of them.
        required backup: Reference<Buckets> = "backup",
    }
}

record! {
    /// An HTTP Event Collector of Splunk.
    pub struct SplunkEndpoint {
        /// The URL of the collector, `https://…`, with its port.
        required endpoint: Text = "endpoint",
        /// How records look; `raw` unless told otherwise.
        optional records: SplunkRecords = "records",
        /// The name of the secret in Secrets Manager that holds the token as `hec_token`.
        required secret: Text = "secret",
    }
}

record! {
    /// A table of the Glue Data Catalog.
    pub struct GlueTable {
        /// Its database.
        required database: Matching<CatalogName> = "database",
        /// Its name.
        required table: Matching<CatalogName> = "table",
    }
}

choice! {
    /// How records are written to objects.
    pub enum Format {
        /// As they came, each on a line of its own.
        Json = "json",
        /// Converted from JSON to Parquet.
        Parquet = "parquet",
        /// Converted from JSON to ORC.
        Orc = "orc",
    }
}

choice! {
    /// How objects are compressed.
    pub enum Compression {
        /// GZIP.
        Gzip = "gzip",
        /// ZIP.
        Zip = "zip",
        /// Snappy.
        Snappy = "snappy",
        /// Snappy in the framing of Hadoop.
        HadoopSnappy = "hadoop-snappy",
    }
}

choice! {
    /// How often a new index is begun.
    pub enum Rotation {
        /// Every hour.
        Hour = "hour",
        /// Every day.
        Day = "day",
        /// Every week.
        Week = "week",
        /// Every month.
        Month = "month",
    }
}

choice! {
    /// How the records for Splunk look.
    pub enum SplunkRecords {
        /// Any text.
        Raw = "raw",
        /// JSON in the form of the HTTP Event Collector.
        Event = "event",
    }
}

#[derive(Debug)]
pub struct Buckets;

impl Target for Buckets {
    const SECTIONS: &'static [&'static str] = &["buckets"];
}

/// A pattern of a name that has 1 to `longest` characters of a few.
macro_rules! names {
    ($($(#[doc = $doc:literal])* $name:ident: $regex:literal, $expected:literal, $example:literal, $longest:literal, $character:expr;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Pattern for $name {
                const REGEX: &'static str = $regex;
                const EXPECTED: &'static str = $expected;
                const EXAMPLE: &'static str = $example;

                fn matches(text: &str) -> bool {
                    let fits: fn(u8) -> bool = $character;
                    !text.is_empty() && text.len() <= $longest && text.bytes().all(fits)
                }
            }
        )*
    };
}

names! {
    /// Athena and Firehose know tables by lower-case names only.
    CatalogName: "^[a-z0-9_-]{1,255}$", "a name of the Glue Data Catalog: lower-case letters, digits, hyphens and underscores",
        "trips", 255, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    /// What may stand after the slash of a JDBC URL.
    DatabaseName: "^[a-zA-Z0-9_$-]{1,127}$", "the name of a database: letters, digits, hyphens, underscores and `$`",
        "dev", 127, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-');
    /// What OpenSearch takes as the name of an index, of which Firehose takes 80 characters.
    IndexName: "^[a-z0-9._-]{1,80}$", "the name of an index: lower-case letters, digits, dots, hyphens and underscores",
        "trips", 80, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
}

/// What jq takes as a key without quotes.
#[derive(Clone, Copy, Debug)]
pub struct PartitionKey;

impl Pattern for PartitionKey {
    const REGEX: &'static str = "^[a-zA-Z_][a-zA-Z0-9_]{0,63}$";
    const EXPECTED: &'static str = "the name of a partition key: letters, digits and underscores, no digit first";
    const EXAMPLE: &'static str = "city";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.len() <= 64
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

/// What a kind of destination takes.
pub(super) struct Limits {
    /// "S3"
    pub(super) name: &'static str,
    /// Mebibytes.
    pub(super) size: RangeInclusive<u64>,
    pub(super) default_size: u64,
    /// Seconds.
    pub(super) longest_interval: u64,
    pub(super) default_interval: u64,
    /// Seconds.
    pub(super) default_retry: u64,
}

/// The longest time to try again, in seconds.
pub(super) const LONGEST_RETRY: u64 = 7200;
/// To convert or partition, Firehose wants a larger buffer.
pub(super) const SMALLEST_TO_CONVERT: u64 = 64;

impl ToS3 {
    pub(super) fn converts(&self) -> bool {
        self.format.as_ref().is_some_and(|format| format.value != Format::Json)
    }
}

impl ToOpenSearch {
    pub(super) fn index(&self) -> Option<&Located<Matching<IndexName>>> {
        match &self.opensearch.value {
            Either::Short(_) => self.index.as_ref(),
            Either::Long(index) => Some(&index.index),
        }
    }
}

impl Destination {
    /// Firehose API reference, BufferingHints and RetryOptions of each destination, as in the service model of
    /// botocore 1.44.5. Read 2026-11-21.
    pub(super) fn limits(&self) -> Limits {
        let (name, largest, default_retry) = match self {
            Self::S3(_) => ("S3", 128, 300),
            Self::Redshift(_) => ("Redshift", 128, 3600),
            Self::OpenSearch(_) => ("OpenSearch", 100, 300),
            Self::Http(_) => ("an HTTP endpoint", 64, 300),
            Self::Splunk(_) => ("Splunk", 5, 300),
        };
        let splunk = matches!(self, Self::Splunk(_));
        let converts = matches!(self, Self::S3(s3) if s3.converts() || s3.is_partitioned());
        Limits {
            name,
            size: if converts { SMALLEST_TO_CONVERT } else { 1 }..=largest,
            default_size: if converts { 128 } else { 5 },
            longest_interval: if splunk { 60 } else { 900 },
            default_interval: if splunk { 60 } else { 300 },
            default_retry,
        }
    }

    /// The buckets that the destination needs, as authored.
    pub(super) fn buckets(&self) -> Vec<&Located<Reference<Buckets>>> {
        match self {
            Self::S3(to) => [Some(&to.s3), to.backup.as_ref()].into_iter().flatten().collect(),
            Self::Redshift(to) => [Some(&to.through), to.backup.as_ref()].into_iter().flatten().collect(),
            Self::OpenSearch(ToOpenSearch { backup, .. })
            | Self::Http(ToHttp { backup, .. })
            | Self::Splunk(ToSplunk { backup, .. }) => vec![backup],
        }
    }

    /// The warehouse or domain of this document that records go to, and where it is named.
    pub(super) fn made(&self) -> Option<(String, &Span)> {
        match self {
            Self::Redshift(to) => match &to.redshift.value {
                Either::Short(warehouse) => Some((warehouse.path(), &to.redshift.span)),
                Either::Long(_) => None,
            },
            Self::OpenSearch(to) => match &to.opensearch.value {
                Either::Short(domain) => Some((domain.path(), &to.opensearch.span)),
                Either::Long(_) => None,
            },
            Self::S3(_) | Self::Http(_) | Self::Splunk(_) => None,
        }
    }

    pub(super) fn secret(&self) -> Option<&Located<Text>> {
        match self {
            Self::Redshift(to) => match &to.redshift.value {
                Either::Short(_) => to.secret.as_ref(),
                Either::Long(table) => Some(&table.secret),
            },
            Self::Http(to) => to.http.secret.as_ref(),
            Self::Splunk(to) => Some(&to.splunk.secret),
            Self::S3(_) | Self::OpenSearch(_) => None,
        }
    }
}
