//! `kafka`: clusters of Amazon MSK.

mod check;
mod lower;
mod rules;
mod shapes;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Thing, Verb, logical_id, section,
};
use crate::spec::{Bytes, Count, Mapping, Matching, Reference, Scalar, Valued};
use crate::{choice, record};

use shapes::{InstanceType, ServerProperty};

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
        /// Whether AWS scales the cluster with its traffic; such a cluster takes no other key than `network`.
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

impl Kafka {
    fn is_serverless(&self) -> bool {
        self.serverless.as_ref().is_some_and(|serverless| serverless.value)
    }
}

impl Thing for Kafka {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let arn = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", origin);
        let on_cluster = |actions: &[&str]| Statement::new(actions, vec![arn.clone()], origin);
        let within = |kind: &str, actions: &[&str]| Statement::new(actions, vec![inside(&arn, kind, origin)], origin);
        let read = || {
            [
                on_cluster(&["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]),
                within("topic", &["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]),
                within("group", &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]),
            ]
        };
        let find_brokers = || Statement::new(&["kafka:GetBootstrapBrokers"], vec![Value::text("*", origin)], origin);
        let mut statements = Vec::new();
        match verb {
            Verb::Reads => {
                statements.extend(read());
                statements.push(find_brokers());
            }
            Verb::Writes => statements.extend([
                on_cluster(&[
                    "kafka-cluster:Connect",
                    "kafka-cluster:DescribeCluster",
                    "kafka-cluster:WriteDataIdempotently",
                ]),
                within("topic", &["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]),
                find_brokers(),
            ]),
            Verb::On => {
                statements.extend(read());
                statements.push(on_cluster(&["kafka:DescribeCluster", "kafka:DescribeClusterV2"]));
                statements.push(find_brokers());
                statements.push(Statement::new(POLLER, vec![Value::text("*", origin)], origin));
            }
            Verb::Calls => return None,
        }
        Some(Grant {
            statements,
            event_source: (verb == Verb::On).then(|| arn.clone()),
            environment: vec![("arn", arn)],
        })
    }

    fn network(&self) -> Option<String> {
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

/// Lambda developer guide, permissions of event sources of MSK: it polls from the network of the cluster. None of these
/// actions can be limited to a resource before it is there. Read 2026-11-21.
const POLLER: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];

/// The ARN of all topics or groups of a cluster: in place of `cluster`, it says their kind.
fn inside(cluster: &Value, kind: &str, origin: &Origin) -> Value {
    use crate::desired::{Intrinsic, ValueKind};
    let call = |name: &str, arguments: Vec<Value>| {
        let arguments = Box::new(Value::list(arguments, origin));
        Value::new(ValueKind::Intrinsic(Intrinsic::Call(name.to_owned(), arguments)), origin)
    };
    let parts = call("Fn::Split", vec![Value::text(":cluster/", origin), cluster.clone()]);
    let name = call("Fn::Select", vec![Value::new(ValueKind::Integer(1), origin), parts]);
    let text = format!("arn:${{AWS::Partition}}:kafka:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/${{Cluster}}/*");
    Value::new(ValueKind::Intrinsic(Intrinsic::Sub(text, vec![("Cluster".to_owned(), name)])), origin)
}
