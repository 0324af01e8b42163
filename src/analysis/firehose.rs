//! Deliveries: where a Firehose stream puts its records, how it processes them on the way, and how it names the
//! objects in S3.

pub mod prefix;
pub mod query;

use std::borrow::Cow;

use self::prefix::Prefix;
use super::value::{Look, alternatives, boolean, items, look, text, text_at};
use super::{Site, System};
use crate::desired::{Intrinsic, Value, ValueKind};

/// The properties of which a delivery has exactly one.
///
/// Source: CloudFormation Template Reference, AWS::KinesisFirehose::DeliveryStream (2026-11).
pub const DESTINATIONS: &[&str] = &[
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "ExtendedS3DestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "IcebergDestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "S3DestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "SplunkDestinationConfiguration",
];

/// One place that a delivery may write to.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    pub site: Site<'a>,
    /// One of [`DESTINATIONS`].
    pub kind: &'static str,
    /// A map.
    pub value: &'a Value,
}

impl<'a> Destination<'a> {
    /// Whether it is the kind of S3 that converts and partitions.
    pub fn is_extended(&self) -> bool {
        self.kind == "ExtendedS3DestinationConfiguration"
    }

    /// Whether records are converted to Parquet or ORC; `None` when that is decided at deployment.
    pub fn converts(&self) -> Option<bool> {
        match look(self.value, "/DataFormatConversionConfiguration") {
            Look::Absent => Some(false),
            Look::Unknown => None,
            Look::Found(value) => match &value.kind {
                ValueKind::Map(_) => switched(value, "/Enabled", true),
                _ => None,
            },
        }
    }

    /// Whether records are partitioned by keys in them; `None` when that is decided at deployment.
    pub fn partitions(&self) -> Option<bool> {
        switched(self.value, "/DynamicPartitioningConfiguration/Enabled", false)
    }

    /// What is done with records on the way; `None` when that is decided at deployment.
    pub fn processors(&self) -> Option<Vec<&'a Value>> {
        match look(self.value, "/ProcessingConfiguration/Processors") {
            Look::Absent => Some(Vec::new()),
            Look::Found(value) => match &value.kind {
                ValueKind::List(list) => list.iter().all(|item| text_at(item, "/Type").is_some()).then(|| items(value)),
                _ => None,
            },
            Look::Unknown => None,
        }
    }

    /// The processors that are known and not switched off.
    pub fn active_processors(&self) -> Vec<&'a Value> {
        let is_off = switched(self.value, "/ProcessingConfiguration/Enabled", true) != Some(true);
        self.processors().filter(|_| !is_off).unwrap_or_default()
    }

    /// What finds keys in records, and which it finds; `None` when there is no such query or it is not understood.
    pub fn queried_keys(&self) -> Option<(&'a Value, Vec<String>)> {
        let processors = self.processors()?;
        let query = processors.iter().find_map(|processor| {
            let is_query = processor_type(processor)? == "MetadataExtraction";
            let parameters = parameters(processor).filter(|_| is_query)?;
            parameters.into_iter().find_map(|(name, value)| (name == "MetadataExtractionQuery").then_some(value))
        })?;
        let known = Prefix::read(self.site.stack, query).into_known()?;
        Some((query, query::keys(&known)?))
    }
}

/// A place in S3 that a delivery writes to: the destination itself, its backup, or what could not be delivered.
#[derive(Clone, Copy)]
pub struct Location<'a> {
    pub destination: Destination<'a>,
    /// The property of the destination; `None` for the destination itself.
    pub property: Option<&'static str>,
    /// A map.
    pub value: &'a Value,
}

/// Whether the boolean at `pointer` is true; `unsaid` when there is none, `None` when it is decided at deployment.
pub fn switched(value: &Value, pointer: &str, unsaid: bool) -> Option<bool> {
    match look(value, pointer) {
        Look::Absent => Some(unsaid),
        Look::Found(value) => boolean(value),
        Look::Unknown => None,
    }
}

/// What surely stands at `pointer`: not what an `Fn::If` may leave out.
pub fn surely<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    let found = look(value, pointer).found()?;
    let conditional = matches!(&found.kind, ValueKind::Intrinsic(Intrinsic::Call(name, _)) if name == "Fn::If");
    (!conditional).then_some(found)
}

/// The deliveries of which the properties are those that are written.
pub fn deliveries<'a>(system: &System<'a>) -> impl Iterator<Item = Site<'a>> {
    system.of_type("AWS::KinesisFirehose::DeliveryStream").filter(|site| !site.stack.has_own_macro())
}

/// Everything that deliveries may write to, both branches of a condition.
pub fn destinations<'a>(system: &System<'a>) -> Vec<Destination<'a>> {
    let of = |site: Site<'a>| {
        DESTINATIONS.iter().flat_map(move |kind| {
            let found = look(&site.resource.properties, &format!("/{kind}")).found();
            let maps = found.into_iter().flat_map(alternatives).filter(|value| matches!(value.kind, ValueKind::Map(_)));
            maps.map(move |value| Destination { site, kind, value })
        })
    };
    deliveries(system).flat_map(of).collect()
}

/// Every place in S3 that deliveries may write to.
pub fn locations<'a>(system: &System<'a>) -> Vec<Location<'a>> {
    let mut found = Vec::new();
    for destination in destinations(system) {
        if destination.kind.ends_with("S3DestinationConfiguration") {
            found.push(Location { destination, property: None, value: destination.value });
        }
        for property in ["S3Configuration", "S3BackupConfiguration"] {
            let value = look(destination.value, &format!("/{property}")).found();
            let maps = value.into_iter().flat_map(alternatives).filter(|value| matches!(value.kind, ValueKind::Map(_)));
            found.extend(maps.map(|value| Location { destination, property: Some(property), value }));
        }
    }
    found
}

/// The type of a processor, e.g. `Lambda`.
pub fn processor_type(processor: &Value) -> Option<Cow<'_, str>> {
    text_at(processor, "/Type")
}

/// The parameters of a processor by name; `None` when they are decided at deployment.
pub fn parameters(processor: &Value) -> Option<Vec<(Cow<'_, str>, &Value)>> {
    let list = match look(processor, "/Parameters") {
        Look::Absent => return Some(Vec::new()),
        Look::Found(value) => value,
        Look::Unknown => return None,
    };
    let ValueKind::List(items) = &list.kind else { return None };
    items
        .iter()
        .map(|item| {
            let name = look(item, "/ParameterName").found().and_then(text)?;
            Some((name, look(item, "/ParameterValue").found()?))
        })
        .collect()
}
