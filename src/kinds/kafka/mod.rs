//! `kafka`: clusters of Amazon MSK.

mod access;
mod check;
mod grant;
mod lower;
mod replication;
mod rules;
mod shapes;
mod topics;

use crate::desired::Origin;
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Thing, Verb, section};
use crate::spec::{AccountId, Bytes, Count, Mapping, Matching, OneOrMany, Reference, Scalar, Target, Valued};
use crate::{choice, record};

use access::KafkaAuthentication;
pub(in crate::kinds) use access::{SECRET_PREFIX, before_firehose, before_reading, logs_in};
pub(in crate::kinds) use grant::{for_firehose, for_function};
use replication::Replication;
pub(in crate::kinds) use shapes::TopicName;
use shapes::{InstanceType, ServerProperty};
use topics::KafkaTopic;
pub(in crate::kinds) use topics::{check_topic, kept_seconds};

pub const KIND: Kind = Kind {
    section: section::<Kafka>("kafka", "Clusters of Amazon MSK."),
    home: Home::Application,
    attributes: &[Attribute {
        name: "arn",
        known: Home::Application,
        gives: Gives::GetAtt("Arn"),
        doc: "The cluster's ARN, by which clients find its brokers.",
    }],
    longest_name: 64,
    idle: None,
    steps: &[],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Kafka cluster. Clients authenticate with IAM and connect by TLS; data is encrypted, and the cluster is kept when it is taken out of the file.
    pub struct Kafka {
        /// Where its brokers stand, in two or three zones.
        required network: Reference<Networks> = "network",
        /// Whether AWS scales the cluster with its traffic; such a cluster takes `network`, `readers` and `replicate` beside it.
        optional serverless: bool = "serverless",
        /// The version of Kafka.
        optional version: Version = "version",
        /// What each broker runs on, e.g. `kafka.m7g.large` or `express.m7g.large`.
        optional instance: Matching<InstanceType> = "instance",
        /// The number of brokers: a multiple of the zones of its network, and never less later on.
        optional brokers: Valued<Count<2, 60>> = "brokers",
        /// The storage of each broker. Express brokers have none to choose.
        optional storage: Storage = "storage",
        /// Settings of the brokers by their names in Kafka, e.g. `auto.create.topics.enable`.
        optional configuration: Mapping<ServerProperty, Scalar> = "configuration",
        /// Which metrics the brokers send; `default` unless told otherwise. Only these are without charge.
        optional monitoring: Monitoring = "monitoring",
        /// The topics, by their names; those that are not listed are left alone. Only a cluster of brokers has them here.
        optional topics: Mapping<TopicName, KafkaTopic> = "topics",
        /// Ways to authenticate beside IAM.
        optional authentication: KafkaAuthentication = "authentication",
        /// Whether clients of other VPCs can connect by AWS PrivateLink, Firehose among them; `false` unless told otherwise. AWS refuses it for a cluster that is being made: add it to one that is there. A serverless cluster takes them always.
        optional multi_vpc: bool = "multi-vpc",
        /// Other accounts that may let their users read all topics.
        optional readers: OneOrMany<AccountId> = "readers",
        /// Another cluster whose topics are copied into this one.
        optional replicate: Replication = "replicate",
    }
}

record! {
    /// The storage of each broker. It can grow, and never shrinks.
    pub struct Storage {
        /// From `1GiB` to `16384GiB`.
        required size: Bytes = "size",
        /// The size up to which AWS makes it larger when more than 60 % are used, at most every six hours.
        optional grow_to: Bytes = "grow-to",
    }
}

// The names are those of MSK as the MSK library of the AWS CDK lists them. Read 2026-11-21.
choice! {
    /// A version of Kafka that MSK makes clusters with. `x` is the newest patch, `kraft` works without ZooKeeper.
    pub enum Version {
        /// Kafka 3.8.
        V38 = "3.8.x",
        /// Kafka 3.8 without ZooKeeper.
        V38Kraft = "3.8.x.kraft",
        /// Kafka 3.9.
        V39 = "3.9.x",
        /// Kafka 3.9 without ZooKeeper.
        V39Kraft = "3.9.x.kraft",
        /// Kafka 4.0.
        V40Kraft = "4.0.x.kraft",
        /// Kafka 4.1.
        V41Kraft = "4.1.x.kraft",
    }
}

choice! {
    /// How finely the brokers' metrics are cut.
    pub enum Monitoring {
        /// The metrics that cost nothing.
        Default = "default",
        /// More of them, for each broker.
        PerBroker = "per-broker",
        /// For each topic on each broker as well.
        PerTopicPerBroker = "per-topic-per-broker",
        /// For each partition as well.
        PerTopicPerPartition = "per-topic-per-partition",
    }
}

/// What may be named as a cluster.
#[derive(Debug)]
pub struct Clusters;

impl Target for Clusters {
    const SECTIONS: &'static [&'static str] = &["kafka"];
}

impl Kafka {
    fn is_serverless(&self) -> bool {
        self.serverless.as_ref().is_some_and(|serverless| serverless.value)
    }
}

impl Thing for Kafka {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn links(&self) -> Vec<Link> {
        let secrets = self.secrets().map(|it| (Verb::Reads, it.path(), &it.span));
        let copied = self.replicate.iter().map(|it| (Verb::On, it.from.path(), &it.from.span));
        let links = secrets.chain(copied);
        links.map(|(verb, target, span)| Link::to(verb, target, span)).collect()
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        Self::allow(this, verb, origin)
    }

    fn network(&self, _model: &Model) -> Option<String> {
        Some(self.network.path())
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        if self.is_serverless() {
            return Vec::new();
        }
        let name = [("Cluster Name", this.physical_name())];
        let chart = |title, metrics| Chart::new(title, "AWS/Kafka", &name, metrics);
        vec![
            chart("Health", [("ActiveControllerCount", "Maximum"), ("OfflinePartitionsCount", "Maximum")]),
            chart("Size", [("GlobalTopicCount", "Maximum"), ("GlobalPartitionCount", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
