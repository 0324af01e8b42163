//! What users of a cluster may do with it, by IAM.

use super::Kafka;
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::model::{Entry, Grant, Statement, Verb, logical_id};
use crate::spec::Reference;

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
/// IAM knows no resource for this action (Service Authorization Reference, Amazon MSK).
fn find_brokers(origin: &Origin) -> Statement {
    Statement::new(&["kafka:GetBootstrapBrokers"], vec![Value::text("*", origin)], origin)
}

/// A cluster as policies name it.
pub(super) struct Named {
    arn: Value,
    origin: Origin,
}

impl Named {
    pub(super) fn of(section: &str, name: &str, origin: &Origin) -> Self {
        Self { arn: Value::get_att(logical_id(section, name, ""), "Arn", origin), origin: origin.clone() }
    }

    pub(super) fn cluster(&self, actions: &[&str]) -> Statement {
        Statement::new(actions, vec![self.arn.clone()], &self.origin)
    }

    /// On the topics whose names fit; `name` may hold `${…}` and `*`.
    pub(super) fn topics(&self, name: &str, actions: &[&str]) -> Statement {
        Statement::new(actions, vec![self.inside("topic", name)], &self.origin)
    }

    /// On the consumer groups whose names fit.
    pub(super) fn groups(&self, name: &str, actions: &[&str]) -> Statement {
        Statement::new(actions, vec![self.inside("group", name)], &self.origin)
    }

    /// On all transactions.
    fn transactions(&self, actions: &[&str]) -> Statement {
        Statement::new(actions, vec![self.inside("transactional-id", "*")], &self.origin)
    }

    /// The ARN of topics or groups of the cluster: it ends as that of the cluster, and says their kind and name.
    fn inside(&self, kind: &str, name: &str) -> Value {
        let origin = &self.origin;
        let call = |name: &str, arguments: Vec<Value>| {
            let arguments = Box::new(Value::list(arguments, origin));
            Value::new(ValueKind::Intrinsic(Intrinsic::Call(name.to_owned(), arguments)), origin)
        };
        let parts = call("Fn::Split", vec![Value::text(":cluster/", origin), self.arn.clone()]);
        let cluster = call("Fn::Select", vec![Value::new(ValueKind::Integer(1), origin), parts]);
        let place = "arn:${AWS::Partition}:kafka:${AWS::Region}:${AWS::AccountId}";
        let text = format!("{place}:{kind}/${{Cluster}}/{name}");
        Value::new(ValueKind::Intrinsic(Intrinsic::Sub(text, vec![("Cluster".to_owned(), cluster)])), origin)
    }
}

impl Kafka {
    pub(super) fn allow(this: &Entry, verb: Verb, origin: &Origin) -> Option<Grant> {
        let named = Named::of(this.section, &this.name.value, origin);
        let statements = match verb {
            Verb::Reads => vec![
                named.cluster(&["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]),
                named.topics("*", &["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]),
                named.groups("*", &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]),
                find_brokers(origin),
            ],
            Verb::Writes => vec![
                named.cluster(&[
                    "kafka-cluster:Connect",
                    "kafka-cluster:DescribeCluster",
                    "kafka-cluster:WriteDataIdempotently",
                ]),
                named.topics("*", &["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]),
                // Who writes exactly once, as Flink can, does so in transactions.
                named.transactions(&["kafka-cluster:AlterTransactionalId", "kafka-cluster:DescribeTransactionalId"]),
                find_brokers(origin),
            ],
            // What is read, and by which group, the event source says.
            Verb::On => vec![
                named.cluster(&["kafka:DescribeCluster", "kafka:DescribeClusterV2"]),
                find_brokers(origin),
                Statement::new(POLLER, vec![Value::text("*", origin)], origin),
            ],
            Verb::Calls => return None,
        };
        Some(Grant {
            statements,
            event_source: (verb == Verb::On).then(|| named.arn.clone()),
            environment: vec![("arn", named.arn)],
        })
    }
}

/// What Lambda needs to read one topic by one consumer group, which may hold `${…}`.
pub(in crate::kinds) fn for_function<T>(
    cluster: &Reference<T>,
    topic: &str,
    group: &str,
    origin: &Origin,
) -> Vec<Statement> {
    let named = Named::of(&cluster.section, &cluster.name, origin);
    vec![
        named.cluster(&["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]),
        named.topics(topic, &["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]),
        named.groups(group, &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]),
    ]
}

/// What Firehose needs to read one topic.
///
/// Amazon Data Firehose developer guide, Grant Firehose access to a private MSK cluster. From memory, not read again
/// (2026-11-21).
pub(in crate::kinds) fn for_firehose<T>(cluster: &Reference<T>, topic: &str, origin: &Origin) -> Vec<Statement> {
    let named = Named::of(&cluster.section, &cluster.name, origin);
    vec![
        named.cluster(&["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka-cluster:Connect"]),
        find_brokers(origin),
        named.topics(
            topic,
            &[
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:ReadData",
            ],
        ),
        named.groups("*", &["kafka-cluster:DescribeGroup"]),
    ]
}
