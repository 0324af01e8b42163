//! What hands records or messages to a function: each `AWS::Lambda::EventSourceMapping`, and each event of a function
//! in SAM, from which SAM makes one.

use crate::analysis::System;
use crate::analysis::value::{alternatives, boolean, entries, look, target, text};
use crate::desired::{Intrinsic, Resource, Stack, Value, ValueKind};
use crate::source::Span;

/// A mapping from a source to a function.
#[derive(Clone, Copy)]
pub struct EventSource<'a> {
    pub stack: &'a Stack,
    /// With the names of `AWS::Lambda::EventSourceMapping`, save those of the source and the function.
    pub properties: &'a Value,
    /// The name of the mapping: its logical id, or its key among the events of its function.
    pub name: &'a str,
    /// Where that name is written.
    pub span: &'a Span,
    /// `None` when only a deployment tells.
    pub kind: Option<Kind>,
    source: Option<&'a Value>,
    function: Option<&'a str>,
}

/// What a function is fed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Kinesis,
    /// The stream of a table.
    Table,
    /// A queue of SQS.
    Queue,
    /// MSK or another Kafka.
    Kafka,
}

impl Kind {
    /// With its article, as it stands in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Kinesis => "a Kinesis stream",
            Kind::Table => "the stream of a table",
            Kind::Queue => "a queue",
            Kind::Kafka => "Kafka",
        }
    }

    /// Whether it is read in order, shard by shard.
    pub fn has_shards(self) -> bool {
        matches!(self, Kind::Kinesis | Kind::Table)
    }
}

/// Everything in the templates that feeds a function.
pub fn event_sources<'a>(system: &System<'a>) -> Vec<EventSource<'a>> {
    let mut found = Vec::new();
    for site in system.sites() {
        let (stack, properties) = (site.stack, &site.resource.properties);
        match site.resource.resource_type.as_str() {
            "AWS::Lambda::EventSourceMapping" => {
                let source = look(properties, "/EventSourceArn").found();
                let own_kafka = look(properties, "/SelfManagedEventSource").found().map(|_| Kind::Kafka);
                found.push(EventSource {
                    stack,
                    properties,
                    name: site.id,
                    span: &site.resource.origin.span,
                    kind: source.and_then(|source| kind(stack, source)).or(own_kafka),
                    source,
                    function: look(properties, "/FunctionName").found().and_then(target),
                });
            }
            "AWS::Serverless::Function" => {
                let events = look(properties, "/Events").found().map(entries).unwrap_or_default();
                found.extend(events.iter().filter_map(|(name, event)| from_event(stack, site.id, name, event)));
            }
            _ => {}
        }
    }
    found
}

fn from_event<'a>(stack: &'a Stack, function: &'a str, name: &'a str, event: &'a Value) -> Option<EventSource<'a>> {
    let event_type = look(event, "/Type").found().and_then(text)?;
    let (kind, pointer) = match event_type.as_ref() {
        "Kinesis" => (Kind::Kinesis, "/Stream"),
        "DynamoDB" => (Kind::Table, "/Stream"),
        "SQS" => (Kind::Queue, "/Queue"),
        "MSK" => (Kind::Kafka, "/Stream"),
        "SelfManagedKafka" => (Kind::Kafka, "/KafkaBootstrapServers"),
        _ => return None,
    };
    let properties = look(event, "/Properties").found()?;
    Some(EventSource {
        stack,
        properties,
        name,
        span: event.key_span(),
        kind: Some(kind),
        source: look(properties, pointer).found(),
        function: Some(function),
    })
}

impl<'a> EventSource<'a> {
    /// The stream or queue, if it is surely one of this template.
    pub fn source(&self) -> Option<(&'a str, &'a Resource)> {
        self.resource(target(self.source?)?)
    }

    /// The ARN of the source as it is written, or what is said instead of it.
    pub fn arn(&self) -> Option<&'a Value> {
        self.source
    }

    /// The function, if it is surely one of this template.
    pub fn function(&self) -> Option<(&'a str, &'a Resource)> {
        self.resource(self.function?)
    }

    /// Whether the source is surely a queue that keeps the order.
    pub fn is_fifo(&self) -> bool {
        let named = self.source.and_then(text).is_some_and(|arn| arn.ends_with(".fifo"));
        let queue = self.source().and_then(|(_, queue)| look(&queue.properties, "/FifoQueue").found());
        self.kind == Some(Kind::Queue) && (named || queue.and_then(boolean) == Some(true))
    }

    fn resource(&self, id: &str) -> Option<(&'a str, &'a Resource)> {
        self.stack.resources.get_key_value(id).map(|(id, resource)| (id.as_str(), resource))
    }
}

/// What the ARN of a source belongs to, if all its alternatives agree.
fn kind(stack: &Stack, source: &Value) -> Option<Kind> {
    let mut kinds = alternatives(source).into_iter().map(|arn| kind_of_one(stack, arn));
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

fn kind_of_one(stack: &Stack, arn: &Value) -> Option<Kind> {
    if let Some(resource) = target(arn).and_then(|id| stack.resources.get(id)) {
        return match resource.resource_type.as_str() {
            "AWS::Kinesis::Stream" | "AWS::Kinesis::StreamConsumer" => Some(Kind::Kinesis),
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => Some(Kind::Table),
            "AWS::SQS::Queue" => Some(Kind::Queue),
            "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => Some(Kind::Kafka),
            _ => None,
        };
    }
    match service(&written(arn)?)? {
        "kinesis" => Some(Kind::Kinesis),
        "dynamodb" => Some(Kind::Table),
        "sqs" => Some(Kind::Queue),
        "kafka" => Some(Kind::Kafka),
        _ => None,
    }
}

/// The third part of an ARN.
fn service(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    (parts.next() == Some("arn")).then(|| parts.nth(1)).flatten()
}

/// The text of an ARN with `*` for everything that a deployment puts in.
fn written(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => Some(without_names(text)),
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => {
            let ValueKind::List(parts) = &argument.kind else { return None };
            let [delimiter, parts] = parts.as_slice() else { return None };
            let (delimiter, ValueKind::List(parts)) = (text(delimiter)?, &parts.kind) else { return None };
            let parts: Vec<_> = parts.iter().map(|part| text(part).unwrap_or("*".into())).collect();
            Some(parts.join(delimiter.as_ref()))
        }
        _ => text(value).map(|text| text.into_owned()),
    }
}

fn without_names(text: &str) -> String {
    let mut parts = text.split("${");
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        found.push('*');
        found.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::generate::origin;

    #[test]
    fn the_service_of_an_arn_is_read_however_the_arn_is_put_together() {
        for (arn, expected) in [
            (json!("arn:aws:kinesis:eu-west-1:111122223333:stream/trips"), Some(Kind::Kinesis)),
            (json!({ "Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q" }), Some(Kind::Queue)),
            (json!({ "Fn::Join": ["", ["arn:", { "Ref": "AWS::Partition" }, ":dynamodb:x"]] }), Some(Kind::Table)),
            (json!({ "Fn::Join": [":", ["arn", "aws", "kafka", { "Ref": "Rest" }]] }), Some(Kind::Kafka)),
            (json!({ "Fn::ImportValue": "trips" }), None),
            (json!({ "Ref": "Given" }), None),
            (json!({ "Fn::If": ["C", "arn:aws:sqs:x", "arn:aws:kinesis:x"] }), None),
            (json!({ "Fn::If": ["C", "arn:aws:sqs:x", "arn:aws:sqs:y"] }), Some(Kind::Queue)),
            (json!("{{resolve:ssm:arn}}"), None),
        ] {
            let value = Value::from_json(arn.clone(), &origin());
            assert_eq!(kind(&Stack::default(), &value), expected, "{arn}");
        }
    }
}
