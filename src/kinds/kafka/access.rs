//! Who may connect beside what the document wires: users with passwords, other accounts, and Firehose.

use serde_json::json;

use super::grant::Named;
use super::lower::id;
use super::{Clusters, Kafka, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::delivery_stream;
use crate::kinds::secret::{Secret, Secrets};
use crate::model::{Entry, Home, Lowering, Model};
use crate::record;
use crate::source::Located;
use crate::spec::{OneOrMany, Reference};

record! {
    /// Ways to authenticate beside IAM.
    pub struct KafkaAuthentication {
        /// Secrets with `username` and `password` of users, whose names begin with `AmazonMSK_` and which have a key of `keys`. One that is generated with `user` and `key` gets such a name by itself.
        required scram: OneOrMany<Reference<Secrets>> = "scram",
    }
}

/// Amazon MSK developer guide, Sign-in credentials authentication with AWS Secrets Manager. Read 2026-11-21.
pub(in crate::kinds) const SECRET_PREFIX: &str = "AmazonMSK_";

impl Kafka {
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Located<Reference<Secrets>>> {
        self.authentication.iter().flat_map(|ways| &ways.scram.value.0)
    }

    /// Whether clients of other VPCs can connect to it.
    pub(in crate::kinds) fn takes_other_vpcs(&self) -> bool {
        self.is_serverless() || self.multi_vpc.as_ref().is_some_and(|multi| multi.value)
    }

    fn has_policy(&self, this: &Entry, model: &Model) -> bool {
        self.readers.is_some() || delivery_stream::reads_topics(model, &this.path())
    }
}

/// Whether users of a Kafka cluster log in by the secret at a path.
pub(in crate::kinds) fn logs_in(model: &Model, secret: &str) -> bool {
    let clusters = model.entries.iter().filter_map(|entry| Some(model.thing::<Kafka>(&entry.path())?.1));
    clusters.into_iter().any(|kafka| kafka.secrets().any(|named| named.path() == secret))
}

/// What has to be there before Firehose reads a topic: the cluster lets it in, and the topic is made.
pub(in crate::kinds) fn before_firehose(model: &Model, cluster: &Reference<Clusters>, topic: &str) -> Vec<String> {
    let Some((entry, kafka)) = model.thing::<Kafka>(&cluster.path()) else { return Vec::new() };
    std::iter::once(id(entry, "Policy")).chain(kafka.topic_id(entry, topic)).collect()
}

/// The resource of a topic, where the cluster declares it.
pub(in crate::kinds) fn before_reading(model: &Model, cluster: &Reference<Clusters>, topic: &str) -> Option<String> {
    let (entry, kafka) = model.thing::<Kafka>(&cluster.path())?;
    kafka.topic_id(entry, topic)
}

pub(super) fn check(kafka: &Kafka, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    for reference in kafka.secrets() {
        let Some((entry, secret)) = model.thing::<Secret>(&reference.path()) else { continue };
        let Some((message, help)) = unfit(secret, entry) else { continue };
        report.push(
            Diagnostic::new(&rules::SECRETS, &reference.span, message)
                .label("MSK refuses this secret")
                .related(&entry.name.span, "the secret")
                .help(help),
        );
    }
    if let Some(readers) = kafka.readers.as_ref().filter(|_| !kafka.takes_other_vpcs()) {
        let message = format!("other accounts have other VPCs, and `{}` takes none but its own", this.path());
        report.push(
            Diagnostic::new(&rules::MULTI_VPC, &readers.span, message)
                .label("would let in nobody")
                .help("deploy the cluster first, then add `multi-vpc: true` and this key"),
        );
    }
    let small = kafka.instance.as_ref().filter(|instance| instance.text == "kafka.t3.small");
    if let Some((multi, instance)) = kafka.multi_vpc.as_ref().filter(|multi| multi.value).zip(small) {
        report.push(
            Diagnostic::new(&rules::MULTI_VPC, &multi.span, "brokers of the type `kafka.t3.small` take no other VPCs")
                .label("AWS refuses this")
                .related(&instance.span, "the brokers")
                .help("write a larger type, e.g. `kafka.m7g.large`"),
        );
    }
}

/// Why MSK does not take a secret, and what to do about it.
fn unfit(secret: &Secret, entry: &Entry) -> Option<(String, String)> {
    let path = entry.path();
    if secret.name.is_some() {
        let message = format!("MSK wants the whole ARN of a secret, and `{path}` is known by its name");
        return Some((message, format!("write `arn:` in `{path}`, with the six characters at its end")));
    }
    if let Some(arn) = &secret.arn {
        let name = arn.text.rsplit(':').next().unwrap_or_default();
        return (!name.starts_with(SECRET_PREFIX)).then(|| {
            let message = format!("MSK takes secrets whose names begin with `{SECRET_PREFIX}`, not `{path}`");
            (message, "name a secret that was made for MSK, with a key of the account".to_owned())
        });
    }
    let generate = secret.generate.as_ref()?;
    (generate.user.is_none() || generate.key.is_none()).then(|| {
        let message = format!("MSK wants a user name and a key of the account in a secret, and `{path}` lacks one");
        (message, format!("write `generate: {{user: …, key: keys.…}}` in `{path}`"))
    })
}

pub(super) fn lower(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    add_secrets(kafka, this, lowering);
    if kafka.has_policy(this, lowering.model) {
        add_policy(kafka, this, lowering);
    }
}

fn add_secrets(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(ways) = &kafka.authentication else { return };
    let origin = Origin::authored(&ways.scram.span);
    let arns: Vec<_> = kafka
        .secrets()
        .filter_map(|secret| {
            let entry = lowering.model.entry(&secret.path())?;
            lowering.model.attribute(entry, "arn", &Origin::authored(&secret.span))
        })
        .collect();
    let properties = Value::map(&origin)
        .with("ClusterArn", Value::get_att(id(this, ""), "Arn", &origin))
        .with("SecretArnList", Value::list(arns, &origin));
    lowering.add(Home::Application, this, "Secrets", "AWS::MSK::BatchScramSecret", properties);
}

/// The cluster's own policy.
fn add_policy(kafka: &Kafka, this: &Entry, lowering: &mut Lowering<'_>) {
    let firehose = this.derived("Firehose connects to the cluster for a delivery");
    let mut statements = Vec::new();
    if delivery_stream::reads_topics(lowering.model, &this.path()) {
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "Service": "firehose.amazonaws.com" },
            "Action": "kafka:CreateVpcConnection",
        });
        let arn = Value::get_att(id(this, ""), "Arn", &firehose);
        statements.push(Value::from_json(statement, &firehose).with("Resource", arn));
    }
    if let Some(readers) = &kafka.readers {
        let origin = Origin::authored(&readers.span);
        let named = Named::of(this.section, &this.name.value, &origin);
        let accounts = readers.0.iter().map(|account| {
            let arn = format!("arn:${{AWS::Partition}}:iam::{}:root", account.value.0);
            Value::sub(arn, &Origin::authored(&account.span))
        });
        let accounts = Value::map(&origin).with("AWS", Value::list(accounts.collect(), &origin));
        let reading = [
            named.cluster(&[
                "kafka:CreateVpcConnection",
                "kafka:DescribeCluster",
                "kafka:DescribeClusterV2",
                "kafka:GetBootstrapBrokers",
                "kafka-cluster:Connect",
                "kafka-cluster:DescribeCluster",
            ]),
            named.topics("*", &["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]),
            named.groups("*", &["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]),
        ];
        statements.extend(reading.map(|statement| statement.to_value().with("Principal", accounts.clone())));
    }
    let origin = this.derived("a cluster lets in other accounts and services by a policy of its own");
    let document = Value::from_json(json!({ "Version": "2012-10-17" }), &origin)
        .with("Statement", Value::list(statements, &origin));
    let properties =
        Value::map(&origin).with("ClusterArn", Value::get_att(id(this, ""), "Arn", &origin)).with("Policy", document);
    lowering.add(Home::Application, this, "Policy", "AWS::MSK::ClusterPolicy", properties);
}
