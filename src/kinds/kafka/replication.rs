//! Copying another cluster into this one.

use serde_json::json;

use super::grant::Named;
use super::lower::id;
use super::{Clusters, Kafka, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::standing;
use crate::model::{Entry, Home, Lowering, Model, Role, Statement};
use crate::source::Located;
use crate::spec::{OneOrMany, PlainText, Reference};
use crate::{choice, record};

record! {
    /// What is copied from another cluster, and goes on being copied: the way to another cluster without a pause.
    pub struct Replication {
        /// The cluster that is copied; one of brokers has three or more.
        required from: Reference<Clusters> = "from",
        /// The topics, as regular expressions; `.*` is all. New ones that fit are copied as well.
        required topics: OneOrMany<PlainText> = "topics",
        /// The consumer groups whose places are copied, as regular expressions; all unless told otherwise.
        optional groups: OneOrMany<PlainText> = "groups",
        /// Where the copy of a topic begins; `earliest` unless told otherwise.
        optional begin: ReplicationStart = "begin",
        /// What copies are called; `same` unless told otherwise.
        optional names: CopyNames = "names",
    }
}

choice! {
    /// Where the copy of a topic begins.
    pub enum ReplicationStart {
        /// At the oldest record.
        Earliest = "earliest",
        /// At records that come after it.
        Latest = "latest",
    }
}

choice! {
    /// What copies of topics are called.
    pub enum CopyNames {
        /// As the topics.
        Same = "same",
        /// As the topics, with the alias of the cluster that is copied before it.
        Prefixed = "prefixed",
    }
}

/// Amazon MSK developer guide, Prepare source and target clusters: the fewest brokers. Read 2026-11-21.
const FEWEST_BROKERS: i64 = 3;

pub(super) fn check(kafka: &Kafka, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(replication) = &kafka.replicate else { return };
    let from = &replication.from;
    let Some((source, cluster)) = model.thing::<Kafka>(&from.path()) else { return };
    let brokers = cluster.brokers.as_ref().and_then(|brokers| Some((brokers.literal()?.0, &brokers.span)));
    if let Some((count, span)) = brokers.filter(|(count, _)| *count < FEWEST_BROKERS) {
        let message = format!("MSK copies clusters of three brokers or more, and `{}` has {count}", source.path());
        report.push(
            Diagnostic::new(&rules::REPLICATION, &from.span, message)
                .label("AWS refuses this")
                .related(span, "its brokers")
                .help("give that cluster another broker in each zone"),
        );
    }
}

pub(super) fn lower(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(replication) = &kafka.replicate else { return };
    let Some((source, cluster)) = lowering.model.thing::<Kafka>(&replication.from.path()) else { return };
    let origin = Origin::authored(&replication.span);
    let role = Role::new("kafka.amazonaws.com", statements(source, this, &origin));
    let role_origin = this.derived("a replicator runs under a role of its own");
    lowering.add(Home::Application, this, "ReplicatorRole", "AWS::IAM::Role", role.to_value(&role_origin));
    let ends: Option<Vec<_>> = [(source, cluster), (this, kafka)]
        .into_iter()
        .map(|(entry, cluster)| {
            let place = standing(&cluster.network, entry, lowering)?;
            let network =
                Origin::derived(&cluster.network.span, "it connects from within the cluster's security group");
            let config = Value::map(&network)
                .with("SubnetIds", place.subnet_list(&network))
                .with("SecurityGroupIds", place.group_list(&network));
            let cluster = Value::map(&origin).with("MskClusterArn", Value::get_att(id(entry, ""), "Arn", &origin));
            Some(Value::map(&origin).with("AmazonMskCluster", cluster).with("VpcConfig", config))
        })
        .collect();
    let Some(ends) = ends else { return };
    let properties = Value::map(&origin)
        .with("ReplicatorName", lowering.physical_name(this))
        .with("KafkaClusters", Value::list(ends, &origin))
        .with("ReplicationInfoList", Value::list(vec![what(replication, source, this, &origin)], &origin))
        .with("ServiceExecutionRoleArn", Value::get_att(id(this, "ReplicatorRole"), "Arn", &role_origin));
    let resource = lowering.add(Home::Application, this, "Replicator", "AWS::MSK::Replicator", properties);
    resource.depends_on = vec![id(this, "FromItself"), id(source, "FromItself")];
}

fn what(replication: &Replication, source: &Entry, this: &Entry, origin: &Origin) -> Value {
    let patterns = |list: &Located<OneOrMany<PlainText>>| {
        let texts = list.0.iter().map(|text| Value::text(&*text.value.0, &Origin::authored(&text.span)));
        Value::list(texts.collect(), &Origin::authored(&list.span))
    };
    let goes_on = this.derived("what is new is copied as well");
    let yes = |origin: &Origin| Value::from_json(json!(true), origin);
    let by_iam = this.derived("access is by IAM, which no copy carries");
    let begin = match &replication.begin {
        Some(begin) => (begin.value, Origin::authored(&begin.span)),
        None => (ReplicationStart::Earliest, this.derived("everything is copied unless told otherwise")),
    };
    let begin = Value::map(&begin.1).with("Type", Value::text(begin.0.word().to_uppercase(), &begin.1));
    let names = match &replication.names {
        Some(names) => (names.value, Origin::authored(&names.span)),
        None => (CopyNames::Same, this.derived("copies are called as the topics unless told otherwise")),
    };
    let word = match names.0 {
        CopyNames::Same => "IDENTICAL",
        CopyNames::Prefixed => "PREFIXED_WITH_SOURCE_CLUSTER_ALIAS",
    };
    let topics = Value::map(&Origin::authored(&replication.topics.span))
        .with("TopicsToReplicate", patterns(&replication.topics))
        .with("CopyAccessControlListsForTopics", Value::from_json(json!(false), &by_iam))
        .with("CopyTopicConfigurations", yes(&goes_on))
        .with("DetectAndCopyNewTopics", yes(&goes_on))
        .with("StartingPosition", begin)
        .with("TopicNameConfiguration", Value::map(&names.1).with("Type", Value::text(word, &names.1)));
    let all = this.derived("the places of all consumer groups are copied unless told otherwise");
    let groups = replication.groups.as_ref().map_or_else(|| Value::from_json(json!([".*"]), &all), patterns);
    let groups = Value::map(&groups.origin.clone())
        .with("ConsumerGroupsToReplicate", groups)
        .with("DetectAndCopyNewConsumerGroups", yes(&goes_on))
        .with("SynchroniseConsumerGroupOffsets", yes(&goes_on));
    let plain = this.derived("records are copied as they are");
    Value::map(origin)
        .with("SourceKafkaClusterArn", Value::get_att(id(source, ""), "Arn", origin))
        .with("TargetKafkaClusterArn", Value::get_att(id(this, ""), "Arn", origin))
        .with("TargetCompressionType", Value::text("NONE", &plain))
        .with("TopicReplication", topics)
        .with("ConsumerGroupReplication", groups)
}

/// Amazon MSK developer guide, Service execution role permissions reference, and the managed policy
/// AWSMSKReplicatorExecutionRole of 2024-03-25, with each action where IAM knows it. Read 2026-11-21.
fn statements(source: &Entry, target: &Entry, origin: &Origin) -> Vec<Statement> {
    let source = Named::of(source.section, &source.name.value, origin);
    let target = Named::of(target.section, &target.name.value, origin);
    let clusters = |named: &Named| {
        named.cluster(&[
            "kafka-cluster:AlterCluster",
            "kafka-cluster:Connect",
            "kafka-cluster:DescribeCluster",
            "kafka-cluster:DescribeClusterDynamicConfiguration",
            "kafka-cluster:WriteDataIdempotently",
        ])
    };
    // Its own topics, such as heartbeats, are on both sides.
    let topics = |named: &Named| {
        named.topics(
            "*",
            &[
                "kafka-cluster:AlterTopic",
                "kafka-cluster:AlterTopicDynamicConfiguration",
                "kafka-cluster:CreateTopic",
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:ReadData",
                "kafka-cluster:WriteData",
            ],
        )
    };
    let groups = |named: &Named| named.groups("*", &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]);
    [source, target].iter().flat_map(|named| [clusters(named), topics(named), groups(named)]).collect()
}
