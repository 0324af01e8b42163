//! The topics of a cluster: what they are, what AWS refuses of them, and their resources.

use serde_json::json;

use super::shapes::{ServerProperty, TopicName};
use super::{Clusters, Kafka, rules};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, nearest};
use crate::kinds::network::Network;
use crate::model::{Entry, Home, Lowering, Model, logical_id, pascal};
use crate::source::Located;
use crate::spec::{Count, Mapping, Matching, Reference, Scalar, Seconds, Valued};
use crate::{choice, record};

record! {
    /// A topic. It is kept when it is taken out of the file.
    pub struct KafkaTopic {
        /// How many partitions it has: as many consumers of a group can read it at once. There can be more later, and never less.
        required partitions: Valued<Count<1, 100_000>> = "partitions",
        /// On how many brokers each partition is; one in each zone of the network unless told otherwise. Express brokers take 3 only. It cannot be changed later.
        optional replication: Count<1, 60> = "replication",
        /// How long records are kept; 7 days unless told otherwise, or what `configuration` says.
        optional retention: Seconds = "retention",
        /// What becomes of old records; `delete` unless told otherwise.
        optional cleanup: TopicCleanup = "cleanup",
        /// Other settings of the topic by their names in Kafka, e.g. `min.insync.replicas`.
        optional settings: Mapping<ServerProperty, Scalar> = "settings",
    }
}

choice! {
    /// What becomes of old records.
    pub enum TopicCleanup {
        /// They are deleted.
        Delete = "delete",
        /// The newest of each key is kept.
        Compact = "compact",
        /// The newest of each key is kept until it is old as well.
        CompactAndDelete = "compact-and-delete",
    }
}

impl TopicCleanup {
    fn policy(self) -> &'static str {
        match self {
            TopicCleanup::Delete => "delete",
            TopicCleanup::Compact => "compact",
            TopicCleanup::CompactAndDelete => "compact,delete",
        }
    }
}

const RETENTION: &str = "retention.ms";
const CLEANUP: &str = "cleanup.policy";
const IN_SYNC: &str = "min.insync.replicas";
/// Amazon MSK developer guide, default broker configuration: `log.retention.hours` is 168. Read 2026-11-21.
const DEFAULT_RETENTION: u64 = 7 * 86_400;
/// Amazon MSK developer guide, Express brokers: the replication factor of topics. Read 2026-11-21.
const EXPRESS_REPLICATION: i64 = 3;

/// After the cluster's own logical id.
fn suffix(topic: &str) -> String {
    format!("{}Topic", pascal(topic))
}

impl Kafka {
    fn topics(&self) -> impl Iterator<Item = &(Located<String>, Located<KafkaTopic>)> {
        self.topics.iter().flat_map(|topics| &topics.entries)
    }

    /// The logical id of a topic that the cluster declares.
    pub(super) fn topic_id(&self, this: &Entry, topic: &str) -> Option<String> {
        let declared = self.topics().any(|(name, _)| name.value == topic);
        declared.then(|| logical_id(this.section, &this.name.value, &suffix(topic)))
    }

    /// The number of zones of its network.
    fn zones(&self, model: &Model) -> i64 {
        model.thing::<Network>(&self.network.path()).map_or(3, |(_, network)| network.zones() as i64)
    }
}

pub(super) fn check(kafka: &Kafka, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    if let Some(serverless) = kafka.serverless.as_ref().filter(|serverless| serverless.value)
        && let Some(topics) = &kafka.topics
    {
        let message = format!("CloudFormation makes no topics in the serverless cluster `{}`", this.path());
        report.push(
            Diagnostic::new(&rules::TOPICS, &topics.span, message)
                .label("AWS refuses this")
                .related(&serverless.span, "serverless here")
                .help("remove `topics`, and let a producer or an administrator make them"),
        );
        return;
    }
    for (place, (name, topic)) in kafka.topics().enumerate() {
        let earlier = kafka.topics().take(place).find(|(other, _)| suffix(&other.value) == suffix(&name.value));
        if let Some((first, _)) = earlier {
            let message = format!("`{}` and `{}` differ too little", first.value, name.value);
            report.push(
                Diagnostic::new(&rules::TOPICS, &name.span, message)
                    .label("too much like another topic")
                    .related(&first.span, "the other topic")
                    .help("rename one of them: Kafka takes `.` and `_` for the same in the names of metrics"),
            );
        }
        check_replication(kafka, topic, this, model, report);
        check_settings(topic, report);
    }
}

fn check_replication(
    kafka: &Kafka,
    topic: &Located<KafkaTopic>,
    this: &Entry,
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let copies = topic.replication.as_ref().map_or_else(|| kafka.zones(model), |replication| replication.0);
    let span = topic.replication.as_ref().map_or(&topic.span, |replication| &replication.span);
    let refuse = |message: String, help: String| {
        Diagnostic::new(&rules::TOPICS, span, message).label("AWS refuses this").help(help)
    };
    let brokers = kafka.brokers.as_ref().and_then(|brokers| Some((brokers.literal()?.0, &brokers.span)));
    if let Some((count, brokers)) = brokers.filter(|(count, _)| copies > *count) {
        let message = format!("a partition cannot be on {copies} brokers of `{}`, which has {count}", this.path());
        report.push(refuse(message, format!("write at most `replication: {count}`")).related(brokers, "the brokers"));
    }
    let express = kafka.instance.as_ref().filter(|instance| instance.text.starts_with("express."));
    if let Some(instance) = express.filter(|_| copies != EXPRESS_REPLICATION) {
        let message = format!("partitions of Express brokers are on {EXPRESS_REPLICATION} of them, not on {copies}");
        let help = format!("write `replication: {EXPRESS_REPLICATION}`");
        report.push(refuse(message, help).related(&instance.span, "Express brokers"));
    }
    let in_sync = topic.settings.as_ref().and_then(|settings| settings.get(IN_SYNC));
    let Some(in_sync) = in_sync else { return };
    if in_sync.0.literal().and_then(|text| text.parse::<i64>().ok()).is_some_and(|least| least > copies) {
        let message = format!("no writer could get {} acknowledgements from {copies} brokers", in_sync.span.text());
        report.push(
            Diagnostic::new(&rules::TOPICS, &in_sync.span, message)
                .label("stops all writers that wait for `acks=all`")
                .help(format!("write at most `{}`, so that one broker may be away", (copies - 1).max(1))),
        );
    }
}

fn check_settings(topic: &Located<KafkaTopic>, report: &mut Vec<Diagnostic>) {
    for (setting, key) in [(RETENTION, "retention"), (CLEANUP, "cleanup")] {
        let given =
            topic.settings.iter().flat_map(|settings| &settings.entries).find(|(name, _)| name.value == setting);
        if let Some((name, _)) = given {
            report.push(
                Diagnostic::new(&rules::TOPICS, &name.span, format!("`{setting}` is what `{key}` says"))
                    .label("has a key of its own")
                    .help(format!("write `{key}` beside `partitions` instead")),
            );
        }
    }
    let compacted = topic.cleanup.as_ref().filter(|cleanup| cleanup.value == TopicCleanup::Compact);
    if let Some((retention, cleanup)) = topic.retention.as_ref().zip(compacted) {
        report.push(
            Diagnostic::new(&rules::TOPICS, &retention.span, "a compacted topic keeps the newest of each key for ever")
                .label("has no effect")
                .related(&cleanup.span, "compacted by this")
                .help("remove `retention`, or write `cleanup: compact-and-delete`"),
        );
    }
}

/// How long a topic keeps its records, as far as the document says it.
pub(in crate::kinds) fn kept_seconds(model: &Model, cluster: &Reference<Clusters>, topic: &str) -> u64 {
    let found = model.thing::<Kafka>(&cluster.path());
    let topic = found.and_then(|(_, kafka)| kafka.topics.as_ref()?.get(topic));
    topic.and_then(|topic| topic.retention.as_ref()).map_or(DEFAULT_RETENTION, |retention| retention.0)
}

/// Tells when a topic is read that a cluster with declared topics does not declare.
pub(in crate::kinds) fn check_topic(
    cluster: &Located<Reference<Clusters>>,
    topic: &Located<Matching<TopicName>>,
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let Some((entry, kafka)) = model.thing::<Kafka>(&cluster.path()) else { return };
    let Some(topics) = kafka.topics.as_ref().filter(|topics| topics.get(&topic.text).is_none()) else { return };
    let names = topics.entries.iter().map(|(name, _)| name.value.as_str());
    let help = match nearest(&topic.text, names) {
        Some(near) => format!("write `{near}`"),
        None => format!("add `{}` to the topics of `{}`", topic.text, entry.path()),
    };
    report.push(
        Diagnostic::new(
            &rules::UNKNOWN_TOPIC,
            &topic.span,
            format!("`{}` declares no topic `{}`", entry.path(), topic.text),
        )
        .label("not among its topics")
        .related(&topics.span, "the topics that it declares")
        .help(help),
    );
}

pub(super) fn lower(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    for (name, topic) in kafka.topics() {
        let origin = Origin::authored(&name.span);
        let replication = match &topic.replication {
            Some(replication) => integer(replication.0, &Origin::authored(&replication.span)),
            None => integer(
                kafka.zones(lowering.model),
                &Origin::derived(&name.span, "each zone has a copy of a partition unless told otherwise"),
            ),
        };
        let partitions = lowering
            .valued(&topic.partitions, &topic.partitions.span, |partitions, origin| integer(partitions.0, origin));
        let properties = Value::map(&origin)
            .with("ClusterArn", Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", &origin))
            .with("TopicName", Value::text(&*name.value, &origin))
            .with("PartitionCount", partitions)
            .with("ReplicationFactor", replication)
            .with_some("Configs", settings(topic, lowering));
        let resource = lowering.add(Home::Application, this, &suffix(&name.value), "AWS::MSK::Topic", properties);
        resource.retain();
    }
}

fn integer(value: i64, origin: &Origin) -> Value {
    Value::new(ValueKind::Integer(value), origin)
}

/// JSON in Base64, as the API of MSK takes it.
fn settings(topic: &Located<KafkaTopic>, lowering: &Lowering<'_>) -> Option<Value> {
    let origin = Origin::authored(&topic.span);
    let (mut fields, mut names) = (Vec::new(), Vec::new());
    if let Some(cleanup) = &topic.cleanup {
        fields.push((CLEANUP, cleanup.value.policy().to_owned()));
    }
    if let Some(retention) = &topic.retention {
        fields.push((RETENTION, (retention.0 * 1000).to_string()));
    }
    for (name, value) in topic.settings.iter().flat_map(|settings| &settings.entries) {
        let value = lowering.text(&value.value.0, &value.span, Home::Application);
        let text = match value.as_text() {
            Some(text) => text.to_owned(),
            None => {
                names.push((pascal(&name.value), value));
                format!("${{{}}}", pascal(&name.value))
            }
        };
        fields.push((name.value.as_str(), text));
    }
    if fields.is_empty() {
        return None;
    }
    // The order of settings means nothing, and is no change of the topic.
    fields.sort();
    let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), json!(text)));
    let json = serde_json::Value::Object(fields.collect()).to_string();
    let text = if names.is_empty() {
        Value::text(json, &origin)
    } else {
        Value::new(ValueKind::Intrinsic(Intrinsic::Sub(json, names)), &origin)
    };
    Some(Value::new(ValueKind::Intrinsic(Intrinsic::Call("Fn::Base64".to_owned(), Box::new(text))), &origin))
}
