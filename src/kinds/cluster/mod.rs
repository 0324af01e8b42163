//! `clusters`: EMR, serverless or on EC2.

mod check;
mod ec2;
mod rules;
mod serverless;
mod service_role;
mod status;
mod steps;

use serde_json::json;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Statement, Step, StepRequest, Thing,
    Verb, links, logical_id, section,
};
use crate::release::Shown;
use crate::source::Located;
use crate::spec::{
    Anything, Bytes, Count, Mapping, Matching, Name, OneOrMany, Pattern, Reference, Scalar, Seconds, Target,
};
use crate::{choice, record};

use steps::ClusterStep;

pub const KIND: Kind = Kind {
    section: section::<EmrCluster>("clusters", "EMR, serverless or on EC2."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "id",
            known: Home::Application,
            gives: Gives::Ref,
            doc: "The id that EMR gave the cluster or the serverless application.",
        },
        Attribute {
            name: "role",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The ARN of the role that jobs run under.",
        },
    ],
    // The function of the steps is named after the cluster, and Lambda takes 64 characters.
    longest_name: 64 - "-steps".len(),
    idle: None,
    steps: &["start"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// Where Spark, Hive or Flink jobs run.
    pub struct EmrCluster {
        /// Workers that come with a job and go with it.
        optional serverless: EmrServerless = "serverless",
        /// Instances of a cluster.
        optional ec2: EmrInstances = "ec2",
        /// What jobs read.
        optional reads: OneOrMany<Reference<Anything>> = "reads",
        /// What jobs write to.
        optional writes: OneOrMany<Reference<Anything>> = "writes",
        /// What jobs call.
        optional calls: OneOrMany<Reference<Anything>> = "calls",
        /// Jobs by their names. A pipeline's step `start` submits them one after the other, and waits for each.
        optional steps: Mapping<Name, ClusterStep> = "steps",
    }
    one_of ["serverless", "ec2"];
}

record! {
    /// An EMR Serverless application.
    pub struct EmrServerless {
        /// The release, `emr-6.6.0` or newer.
        required release: Matching<Release> = "release",
        /// What its jobs are.
        required kind: Engine = "type",
        /// How much all its jobs may use together.
        required limit: EmrLimit = "limit",
        /// How long it waits for another job before it gives its workers back, `1m` to `7d`; `15m` unless told otherwise.
        optional idle: Seconds = "idle",
        /// The network that jobs run in, to reach what lets in only what stands there.
        optional network: Reference<Networks> = "network",
    }
}

record! {
    /// The most that a serverless application uses at once.
    pub struct EmrLimit {
        /// Virtual processors.
        required cpu: Count<1, 1_000_000> = "cpu",
        /// Memory in whole gibibytes: `256GiB`.
        required memory: Bytes = "memory",
    }
}

choice! {
    /// What a serverless application runs.
    pub enum Engine {
        /// Apache Spark.
        Spark = "spark",
        /// Apache Hive.
        Hive = "hive",
    }
}

record! {
    /// An EMR cluster on EC2.
    pub struct EmrInstances {
        /// The release: `emr-7.9.0`.
        required release: Matching<Release> = "release",
        /// What is installed.
        required applications: OneOrMany<Application> = "applications",
        /// The instance that manages the cluster.
        required primary: EmrPrimary = "primary",
        /// The instances that hold data and run jobs.
        required core: EmrCore = "core",
        /// The network that it runs in, in its first private subnet.
        required network: Reference<Networks> = "network",
        /// The bucket that logs go to; without it they are lost with the cluster.
        optional logs: Reference<Buckets> = "logs",
        /// How long it may be idle before it is terminated, `1m` to `7d`; it runs until it is removed unless told otherwise.
        optional idle: Seconds = "idle",
        /// Settings of what is installed, by EMR's name of the configuration file: `flink-conf`.
        optional settings: Mapping<Classification, Mapping<Setting, Scalar>> = "settings",
    }
}

record! {
    /// The primary node of a cluster.
    pub struct EmrPrimary {
        /// The type of the instance: `m7g.xlarge`.
        required instance: Matching<InstanceType> = "instance",
    }
}

record! {
    /// The core nodes of a cluster.
    pub struct EmrCore {
        /// The type of each instance: `r7g.2xlarge`.
        required instance: Matching<InstanceType> = "instance",
        /// How many instances.
        required count: Count<1, 1000> = "count",
    }
}

choice! {
    /// What EMR installs.
    pub enum Application {
        /// Agent that sends metrics to CloudWatch.
        CloudWatchAgent = "AmazonCloudWatchAgent",
        /// Apache Flink, on YARN.
        Flink = "Flink",
        /// Apache Hadoop.
        Hadoop = "Hadoop",
        /// Apache HBase.
        HBase = "HBase",
        /// Apache HCatalog.
        HCatalog = "HCatalog",
        /// Apache Hive.
        Hive = "Hive",
        /// Jupyter for EMR Studio.
        JupyterEnterpriseGateway = "JupyterEnterpriseGateway",
        /// Apache Livy.
        Livy = "Livy",
        /// Presto.
        Presto = "Presto",
        /// Apache Spark.
        Spark = "Spark",
        /// Apache Tez.
        Tez = "Tez",
        /// Trino.
        Trino = "Trino",
        /// Apache Zeppelin.
        Zeppelin = "Zeppelin",
        /// Apache ZooKeeper.
        ZooKeeper = "ZooKeeper",
    }
}

/// A release of EMR.
#[derive(Clone, Copy, Debug)]
pub struct Release;

impl Pattern for Release {
    const REGEX: &'static str = r"^emr-[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$";
    const EXPECTED: &'static str = "a release of EMR: `emr-` and a version of three numbers";
    const EXAMPLE: &'static str = "emr-7.9.0";

    fn matches(text: &str) -> bool {
        release_version(text).is_some()
    }
}

/// The three numbers of a release.
fn release_version(text: &str) -> Option<[u32; 3]> {
    let number = |part: &str| {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse().ok() } else { None }
    };
    let mut parts = text.strip_prefix("emr-")?.split('.');
    let version = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
    parts.next().is_none().then_some(version)
}

/// A type of EC2 instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceType;

impl Pattern for InstanceType {
    const REGEX: &'static str = r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$";
    const EXPECTED: &'static str = "a type of EC2 instance: a family, a dot and a size";
    const EXAMPLE: &'static str = "m7g.xlarge";

    fn matches(text: &str) -> bool {
        let word = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.split_once('.').is_some_and(|(family, size)| word(family) && word(size))
    }
}

/// EMR's name of a configuration file.
#[derive(Clone, Copy, Debug)]
pub struct Classification;

impl Pattern for Classification {
    const REGEX: &'static str = "^[a-z][a-z0-9-]*$";
    const EXPECTED: &'static str = "EMR's name of a configuration file: lower-case letters, digits and hyphens";
    const EXAMPLE: &'static str = "flink-conf";

    fn matches(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }
}

/// The name of a setting in a configuration file.
#[derive(Clone, Copy, Debug)]
pub struct Setting;

impl Pattern for Setting {
    const REGEX: &'static str = "^[A-Za-z0-9._-]+$";
    const EXPECTED: &'static str = "the name of a setting: letters, digits, dots, hyphens and underscores";
    const EXAMPLE: &'static str = "taskmanager.numberOfTaskSlots";

    fn matches(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || [b'.', b'_', b'-'].contains(&byte))
    }
}

#[derive(Debug)]
pub struct Buckets;

impl Target for Buckets {
    const SECTIONS: &'static [&'static str] = &["buckets"];
}

const MINUTE: u64 = 60;
const GIBIBYTE: u64 = 1 << 30;

impl EmrCluster {
    /// What jobs use; the logs are written by the instances themselves, under the same role.
    fn job_links(&self) -> Vec<Link> {
        let mut links = links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes), (Verb::Calls, &self.calls)]);
        if let Some(logs) = self.ec2.as_ref().and_then(|instances| instances.logs.as_ref()) {
            links.push(Link::to(Verb::Writes, logs.path(), &logs.span));
        }
        links
    }

    /// What jobs may do. They also replace and remove what they keep in buckets for the time being.
    fn job_statements(&self, lowering: &mut Lowering<'_>) -> Vec<Statement> {
        let (mut statements, _) = lowering.wire(&self.job_links());
        let written = self.writes.iter().flat_map(|writes| &writes.value.0);
        for bucket in written.filter(|written| written.section == "buckets") {
            let origin = Origin::derived(&bucket.span, "jobs replace and remove their own files, such as checkpoints");
            let grant = lowering.grant(&bucket.path(), Verb::Writes, &origin);
            let objects = grant.into_iter().flat_map(|grant| grant.statements);
            let objects = objects.filter_map(|statement| statement.only(&["s3:PutObject"]));
            statements.extend(objects.map(|put| Statement::new(&["s3:DeleteObject"], put.resources, &origin)));
        }
        statements
    }
}

/// The tags that EMR demands of the VPC and the subnets that its instances run in.
pub(in crate::kinds) fn network_tags(model: &Model, network: &str) -> Vec<Value> {
    let instances = model.entries.iter().filter_map(|entry| {
        let (_, cluster) = model.thing::<EmrCluster>(&entry.path())?;
        cluster.ec2.as_ref().filter(|instances| instances.network.path() == network)
    });
    let tag = |instances: &Located<EmrInstances>| {
        let origin = Origin::derived(&instances.network.span, "EMR makes instances only where it finds this tag");
        service_role::tag(&origin)
    };
    instances.map(tag).take(1).collect()
}

impl Thing for EmrCluster {
    fn network(&self, _model: &Model) -> Option<String> {
        let serverless = self.serverless.as_ref().and_then(|serverless| serverless.network.as_ref());
        let network = serverless.or(self.ec2.as_ref().map(|instances| &instances.network));
        network.map(|network| network.path())
    }

    fn links(&self) -> Vec<Link> {
        self.job_links()
    }

    fn check(&self, _this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, model, report);
        steps::check(self, model, report);
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        let role = || Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", origin);
        (attribute == "role").then(role)
    }

    /// Whoever calls a cluster runs jobs on it.
    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        if verb != Verb::Calls {
            return None;
        }
        let id = logical_id(this.section, &this.name.value, "");
        let role = Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", origin);
        let mut environment = vec![("id", Value::reference(&*id, origin))];
        let statements = if self.serverless.is_some() {
            environment.push(("role", role.clone()));
            let passed = json!({ "StringEquals": { "iam:PassedToService": "emr-serverless.amazonaws.com" } });
            let application = Value::get_att(&*id, "Arn", origin);
            let runs = Value::sub(format!("${{{id}.Arn}}/jobruns/*"), origin);
            vec![
                Statement::new(&["emr-serverless:StartJobRun"], vec![application], origin),
                Statement::new(&["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"], vec![runs], origin),
                Statement::new(&["iam:PassRole"], vec![role], origin).when(Value::from_json(passed, origin)),
            ]
        } else {
            let arn = format!(
                "arn:${{AWS::Partition}}:elasticmapreduce:${{AWS::Region}}:${{AWS::AccountId}}:cluster/${{{id}}}"
            );
            let actions =
                &["elasticmapreduce:AddJobFlowSteps", "elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"];
            vec![Statement::new(actions, vec![Value::sub(arn, origin)], origin)]
        };
        Some(Grant { statements, event_source: None, environment })
    }

    fn step_builds(&self) -> Vec<String> {
        self.steps.iter().flat_map(|steps| &steps.entries).filter_map(|(_, step)| step.code.value.build()).collect()
    }

    fn lacks(&self, _verb: &str) -> Option<&'static str> {
        self.steps.is_none().then_some("steps")
    }

    fn shown(&self, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
        status::shown(self, this, model, environment)
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        steps::step(self, this, request, lowering)
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        if self.ec2.is_none() {
            return Vec::new();
        }
        let flow = [("JobFlowId", this.reference(&this.shown()))];
        let chart = |title, metrics| Chart::new(title, "AWS/ElasticMapReduce", &flow, metrics);
        vec![
            chart("Applications", [("AppsRunning", "Maximum"), ("AppsPending", "Maximum")]),
            chart("Nodes", [("MRActiveNodes", "Minimum"), ("MRUnhealthyNodes", "Maximum")]),
            chart("Room", [("YARNMemoryAvailablePercentage", "Minimum"), ("HDFSUtilization", "Maximum")]),
        ]
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        steps::add(self, this, lowering);
        if let Some(serverless) = &self.serverless {
            serverless::lower(self, serverless, this, lowering);
        } else if let Some(instances) = &self.ec2 {
            ec2::lower(self, instances, this, lowering);
        }
    }
}
