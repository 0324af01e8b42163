//! `warehouses`: Redshift, serverless or as a cluster.

mod lower;
mod rules;
mod sql;
mod statements;

use serde_json::json;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::facts::firehose::address_block;
use crate::kinds::delivery_stream;
use crate::kinds::network::{Networks, Service, Traveller, check_way};
use crate::model::{
    Attribute, Chart, Entry, Gives, Grant, Home, Kind, Link, Lowering, Model, Statement, Step, StepRequest, Thing,
    Verb, links, logical_id, section,
};
use crate::source::Span;
use crate::spec::{Count, Matching, OneOrMany, Pattern, PlainText, Reference, Target};
use crate::{choice, record};

pub const KIND: Kind = Kind {
    section: section::<Warehouse>("warehouses", "Redshift data warehouses."),
    home: Home::Application,
    attributes: &[
        Attribute {
            name: "endpoint",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The host name that SQL clients connect to.",
        },
        Attribute {
            name: "name",
            known: Home::Application,
            gives: Gives::Ref,
            doc: "The name of the workgroup and its namespace, or the identifier of the cluster.",
        },
        Attribute { name: "database", known: Home::Application, gives: Gives::Thing, doc: "The database's name." },
        Attribute {
            name: "secret",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The ARN of the secret with the administrator's password, which Redshift keeps and changes; of a cluster only, because CloudFormation does not tell that of a serverless warehouse.",
        },
        Attribute {
            name: "role",
            known: Home::Application,
            gives: Gives::Thing,
            doc: "The ARN of the role for `COPY` and `UNLOAD`.",
        },
    ],
    // The function that runs SQL is named after the warehouse, and Lambda takes 64 characters.
    longest_name: 64 - "-release".len(),
    idle: None,
    steps: &["release"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A Redshift data warehouse: encrypted, private, its administrator's password kept by Redshift in Secrets Manager, and its data kept when it is taken out of the file.
    pub struct Warehouse {
        /// Capacity that follows the queries, paid by use.
        optional serverless: WarehouseCapacity = "serverless",
        /// Nodes that always run.
        optional cluster: WarehouseNodes = "cluster",
        /// The database that is made with the warehouse; the warehouse's own name unless told otherwise, with `_` for `-`.
        optional database: Matching<DatabaseName> = "database",
        /// The network that it stands in. Without it a serverless warehouse stands in the default VPC.
        optional network: Reference<Networks> = "network",
        /// Whether it has a public address, which Firehose needs to load it; `false` unless told otherwise. Its security group lets in Firehose and what uses it in its VPC, and nobody else. A made network gets public subnets for it; of a network that is there already, the subnets must be public.
        optional public: bool = "public",
        /// The buckets that `COPY` loads from.
        optional reads: OneOrMany<Reference<Buckets>> = "reads",
        /// The buckets that `UNLOAD` writes to.
        optional writes: OneOrMany<Reference<Buckets>> = "writes",
        /// Files of SQL statements, relative to this file, that the warehouse needs before others use it: tables, grants. A pipeline's step `release` runs them in this order, each time, as the administrator.
        optional sql: OneOrMany<PlainText> = "sql",
    }
    one_of ["serverless", "cluster"];
}

record! {
    /// The capacity of a serverless warehouse, in Redshift processing units (RPU) of 16 GiB each.
    pub struct WarehouseCapacity {
        /// What a query begins with: 8 to 512 RPU in steps of 8.
        required capacity: Count<8, 512> = "capacity",
        /// What it may grow to, in steps of 8; not limited unless told otherwise.
        optional limit: Count<8, 5632> = "limit",
    }
}

record! {
    /// The nodes of a cluster.
    pub struct WarehouseNodes {
        /// How many nodes.
        required nodes: Count<1, 100> = "nodes",
        /// The type of each node.
        required kind: NodeType = "type",
    }
}

choice! {
    /// A type of Redshift node whose storage is apart from its processors.
    pub enum NodeType {
        /// 2 vCPU and 16 GiB.
        Ra3Large = "ra3.large",
        /// 4 vCPU and 32 GiB.
        Ra3XlPlus = "ra3.xlplus",
        /// 12 vCPU and 96 GiB.
        Ra34Xl = "ra3.4xlarge",
        /// 48 vCPU and 384 GiB.
        Ra316Xl = "ra3.16xlarge",
    }
}

impl NodeType {
    /// Amazon Redshift management guide, "Amazon Redshift provisioned clusters", node types.
    fn fewest(self) -> i64 {
        match self {
            NodeType::Ra3Large | NodeType::Ra3XlPlus => 1,
            NodeType::Ra34Xl | NodeType::Ra316Xl => 2,
        }
    }

    fn most(self) -> i64 {
        match self {
            NodeType::Ra3Large => 16,
            NodeType::Ra3XlPlus => 32,
            NodeType::Ra34Xl | NodeType::Ra316Xl => 100,
        }
    }
}

/// What Redshift takes as the name of a database.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseName;

impl Pattern for DatabaseName {
    const REGEX: &'static str = "^[a-z][a-z0-9_]{0,63}$";
    const EXPECTED: &'static str =
        "the name of a database: a lower-case letter, then lower-case letters, digits and `_`, at most 64 characters";
    const EXAMPLE: &'static str = "sales";

    fn matches(text: &str) -> bool {
        text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    }
}

#[derive(Debug)]
pub struct Buckets;

impl Target for Buckets {
    const SECTIONS: &'static [&'static str] = &["buckets"];
}

/// Where Redshift listens unless told otherwise.
const PORT: u16 = 5439;

/// Redshift processing units come in steps of this many.
const STEP: i64 = 8;

impl Warehouse {
    /// The URL by which JDBC connects to its database.
    pub(in crate::kinds) fn jdbc(&self, this: &Entry, origin: &Origin) -> Value {
        let id = |suffix| logical_id(this.section, &this.name.value, suffix);
        let endpoint = match &self.serverless {
            Some(_) => format!("{}.Workgroup.Endpoint", id("Workgroup")),
            None => format!("{}.Endpoint", id("")),
        };
        let database = self.database(this);
        Value::sub(format!("jdbc:redshift://${{{endpoint}.Address}}:{PORT}/{database}"), origin)
    }

    fn database(&self, this: &Entry) -> String {
        match &self.database {
            Some(database) => database.text.clone(),
            None => this.name.value.replace('-', "_"),
        }
    }

    fn check_capacity(capacity: &WarehouseCapacity, report: &mut Vec<Diagnostic>) {
        let given = [Some((capacity.capacity.0, &capacity.capacity.span))];
        let limit = capacity.limit.as_ref().map(|limit| (limit.0, &limit.span));
        for (units, span) in given.into_iter().chain([limit]).flatten() {
            if units % STEP != 0 {
                let below = units - units % STEP;
                report.push(
                    Diagnostic::new(
                        &rules::CAPACITY,
                        span,
                        format!("Redshift gives capacity in steps of 8, not {units}"),
                    )
                    .label("AWS refuses this")
                    .help(format!("write `{below}` or `{}`", below + STEP)),
                );
            }
        }
        if let Some((limit, span)) = limit.filter(|(limit, _)| *limit < capacity.capacity.0) {
            report.push(
                Diagnostic::new(
                    &rules::CAPACITY,
                    span,
                    format!(
                        "the limit of {limit} is below the capacity of {} that queries begin with",
                        capacity.capacity.0
                    ),
                )
                .label("AWS refuses this")
                .related(&capacity.capacity.span, "the capacity")
                .help(format!("write at least `{}`, or lower the capacity", capacity.capacity.0)),
            );
        }
    }

    fn check_nodes(&self, cluster: &WarehouseNodes, this: &Entry, report: &mut Vec<Diagnostic>) {
        let (kind, nodes) = (cluster.kind.value, cluster.nodes.0);
        if !(kind.fewest()..=kind.most()).contains(&nodes) {
            report.push(
                Diagnostic::new(
                    &rules::NODES,
                    &cluster.nodes.span,
                    format!(
                        "a cluster of `{}` has {} to {} nodes, not {nodes}",
                        kind.word(),
                        kind.fewest(),
                        kind.most()
                    ),
                )
                .label("AWS refuses this")
                .related(&cluster.kind.span, "the type of the nodes")
                .help(format!(
                    "write a number from {} to {}, or another type",
                    kind.fewest(),
                    kind.most()
                )),
            );
        }
        if self.network.is_none() {
            report.push(
                Diagnostic::new(
                    &rules::NETWORK,
                    &this.name.span,
                    format!("the cluster `{}` says no network, so it would run in the default VPC, whose subnets are open to the internet", this.path()),
                )
                .label("needs `network`")
                .help("add `network: networks.…`"),
            );
        }
    }

    pub(in crate::kinds) fn is_serverless(&self) -> bool {
        self.serverless.is_some()
    }

    /// Whether it has a public address.
    pub(in crate::kinds) fn is_public(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.value)
    }

    fn check_public(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        let Some(public) = self.public.as_ref().filter(|public| public.value) else { return };
        if self.network.is_none() {
            report.push(
                Diagnostic::new(
                    &rules::NETWORK,
                    &public.span,
                    format!("`{}` is public and says no network, so nothing could be let in", this.path()),
                )
                .label("needs `network`")
                .help("add `network: networks.…`"),
            );
        }
        if !delivery_stream::loads(model, &this.path()) {
            return;
        }
        for (name, environment) in &model.environments {
            let region = &environment.region;
            if address_block(&region.text).is_none() {
                let message = format!("Firehose publishes no addresses in `{}`, so it cannot be let in", region.text);
                report.push(
                    Diagnostic::new(&rules::NETWORK, &region.span, message)
                        .label(format!("the Region of `{}`", name.value))
                        .related(&public.span, "to be reached by Firehose")
                        .help("load the warehouse by another way, or write another Region"),
                );
            }
        }
    }
}

/// Whoever names the secret of a serverless warehouse.
fn check_secret(this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    let path = format!("{}.secret", this.path());
    let expressions = model.entries.iter().flat_map(|entry| &entry.expressions);
    report.extend(expressions.filter(|expression| expression.path == path).map(|expression| {
        let help = "make a user of its own for what logs in, put its name and password into a secret, and name that \
                    in `secrets`; who `reads` the warehouse needs no secret for the Data API";
        unknown_secret(this, &expression.span, help)
    }));
}

/// CloudFormation's coverage roadmap, issue 2021: open on 2026-11-21.
pub fn unknown_secret(warehouse: &Entry, span: &Span, help: &str) -> Diagnostic {
    let message = format!("CloudFormation does not tell which secret holds the password of `{}`", warehouse.path());
    Diagnostic::new(&rules::SECRET, span, message)
        .label("has no value here")
        .related(&warehouse.name.span, "is serverless")
        .help(help)
}

impl Thing for Warehouse {
    fn links(&self) -> Vec<Link> {
        links([(Verb::Reads, &self.reads), (Verb::Writes, &self.writes)])
    }

    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        if let Some(capacity) = &self.serverless {
            Self::check_capacity(capacity, report);
            check_secret(this, model, report);
        }
        if let Some(cluster) = &self.cluster {
            self.check_nodes(cluster, this, report);
        }
        self.check_public(this, model, report);
        let moves = self.reads.is_some() || self.writes.is_some();
        if let Some(network) = self.network.as_ref().filter(|_| moves && !self.is_public()) {
            let moving = Traveller { name: "the warehouse reads and writes buckets", span: &network.span };
            check_way(&moving, network, &[Service::S3], model, report);
        }
        sql::check(self, model, report);
    }

    fn attribute(&self, this: &Entry, attribute: &str, _model: &Model, origin: &Origin) -> Option<Value> {
        let id = |suffix| logical_id(this.section, &this.name.value, suffix);
        Some(match (attribute, &self.serverless) {
            ("database", _) => Value::text(self.database(this), origin),
            ("role", _) => Value::get_att(id("Role"), "Arn", origin),
            ("endpoint", Some(_)) => Value::get_att(id("Workgroup"), "Workgroup.Endpoint.Address", origin),
            ("endpoint", None) => Value::get_att(id(""), "Endpoint.Address", origin),
            ("secret", None) => Value::get_att(id(""), "MasterPasswordSecretArn", origin),
            _ => return None,
        })
    }

    /// What SQL may do is up to the grants inside the database, so that reading and writing need the same of IAM.
    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        if !matches!(verb, Verb::Reads | Verb::Writes) {
            return None;
        }
        let id = |suffix| logical_id(this.section, &this.name.value, suffix);
        let database = self.database(this);
        let arn = |resource: String| {
            let prefix = "arn:${AWS::Partition}:redshift:${AWS::Region}:${AWS::AccountId}";
            Value::sub(format!("{prefix}:{resource}"), origin)
        };
        let (target, credentials) = if self.serverless.is_some() {
            let workgroup = Value::get_att(id("Workgroup"), "Workgroup.WorkgroupArn", origin);
            (workgroup.clone(), Statement::new(&["redshift-serverless:GetCredentials"], vec![workgroup], origin))
        } else {
            let name = arn(format!("dbname:${{{}}}/{database}", id("")));
            let credentials = Statement::new(&["redshift:GetClusterCredentialsWithIAM"], vec![name], origin);
            (arn(format!("cluster:${{{}}}", id(""))), credentials)
        };
        let own = json!({ "StringEquals": { "redshift-data:statement-owner-iam-userid": "${aws:userid}" } });
        let everything = vec![Value::text("*", origin)];
        Some(Grant {
            statements: vec![
                Statement::new(
                    &["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
                    vec![target],
                    origin,
                ),
                Statement::new(
                    &[
                        "redshift-data:CancelStatement",
                        "redshift-data:DescribeStatement",
                        "redshift-data:GetStatementResult",
                    ],
                    everything,
                    origin,
                )
                .when(Value::from_json(own, origin)),
                credentials,
            ],
            event_source: None,
            environment: vec![("name", Value::reference(id(""), origin)), ("database", Value::text(database, origin))],
        })
    }

    fn lacks(&self, _verb: &str) -> Option<&'static str> {
        self.sql.is_none().then_some("sql")
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        self.sql.is_some().then(|| sql::step(this, request, lowering))
    }

    fn charts(&self, this: &Entry, _model: &Model) -> Vec<Chart> {
        if self.cluster.is_none() {
            return Vec::new();
        }
        let name = [("ClusterIdentifier", this.reference(&this.shown()))];
        let chart = |title, metrics| Chart::new(title, "AWS/Redshift", &name, metrics);
        vec![
            chart("Use", [("CPUUtilization", "Maximum"), ("PercentageDiskSpaceUsed", "Maximum")]),
            chart("Health", [("HealthStatus", "Minimum"), ("DatabaseConnections", "Maximum")]),
        ]
    }

    fn network(&self, _model: &Model) -> Option<String> {
        self.network.as_ref().map(|network| network.path())
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
        sql::add(self, this, lowering);
    }
}

/// Where a warehouse that stands in a network is said to be public.
pub(in crate::kinds) fn public_in<'a>(model: &'a Model, network: &str) -> Option<&'a Span> {
    model.entries.iter().find_map(|entry| {
        let (_, warehouse) = model.thing::<Warehouse>(&entry.path())?;
        let public = warehouse.public.as_ref().filter(|public| public.value)?;
        warehouse.network.as_ref().is_some_and(|place| place.path() == network).then_some(&public.span)
    })
}

/// What may be named as a warehouse.
#[derive(Debug)]
pub struct Warehouses;

impl Target for Warehouses {
    const SECTIONS: &'static [&'static str] = &["warehouses"];
}
