//! `search`: domains of OpenSearch Service.

mod check;
mod lower;
mod rules;
mod shapes;
mod templates;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::Networks;
use crate::model::{
    Attribute, Entry, Gives, Grant, Home, Kind, Lowering, Model, Statement, Step, StepRequest, Thing, Verb, logical_id,
    section,
};
use crate::spec::{Bytes, Count, Mapping, Matching, PlainText, Reference, Valued};
use crate::{choice, record};

use shapes::{InstanceType, RoleArn, TemplateName};

pub const KIND: Kind = Kind {
    section: section::<Search>("search", "Domains of OpenSearch Service."),
    home: Home::Application,
    attributes: &[
        Attribute { name: "name", known: Home::Application, gives: Gives::Ref, doc: "The domain's name." },
        Attribute { name: "arn", known: Home::Application, gives: Gives::GetAtt("Arn"), doc: "The domain's ARN." },
        Attribute {
            name: "endpoint",
            known: Home::Application,
            gives: Gives::GetAtt("DomainEndpoint"),
            doc: "The host name of the domain, without `https://`.",
        },
    ],
    longest_name: 28,
    idle: None,
    steps: &["release"],
    rules: rules::RULES,
    page: include_str!("page.md"),
};

record! {
    /// A domain of OpenSearch Service: encrypted, reached by HTTPS only, with fine-grained access control, and kept when it is taken out of the file.
    pub struct Search {
        /// The version of OpenSearch.
        required version: Version = "version",
        /// What each data node runs on, e.g. `r7g.large.search`.
        required instance: Matching<InstanceType> = "instance",
        /// The number of data nodes: a multiple of `zones`; 2 unless told otherwise.
        optional count: Count<1, 80> = "count",
        /// The number of Availability Zones that data nodes stand in; 2 unless told otherwise.
        optional zones: Count<1, 3> = "zones",
        /// The gp3 volume of each data node, from `10GiB`. Instance types with disks of their own take none.
        optional storage: Bytes = "storage",
        /// Nodes that lead the cluster and hold no data; AWS recommends three for every domain in production.
        optional masters: Masters = "masters",
        /// The network that the domain stands in. Without it, the domain has a public address; requests are signed either way. It cannot be changed later.
        optional network: Reference<Networks> = "network",
        /// The ARN of the IAM role that may do everything in the domain, and lets others in.
        required administrator: Valued<Matching<RoleArn>> = "administrator",
        /// Index templates by their names: JSON files, relative to this file. A pipeline's step `release` puts them into the domain.
        optional templates: Mapping<TemplateName, PlainText> = "templates",
    }
}

record! {
    /// Nodes that lead the cluster.
    pub struct Masters {
        /// What each runs on.
        required instance: Matching<InstanceType> = "instance",
        /// How many there are: 3, the default, or 5.
        optional count: Count<3, 5> = "count",
    }
}

choice! {
    /// A version of OpenSearch.
    pub enum Version {
        /// OpenSearch 2.17.
        V217 = "2.17",
        /// OpenSearch 2.19.
        V219 = "2.19",
        /// OpenSearch 3.1.
        V31 = "3.1",
        /// OpenSearch 3.3.
        V33 = "3.3",
        /// OpenSearch 3.5.
        V35 = "3.5",
    }
}

const DEFAULT_NODES: i64 = 2;
const DEFAULT_ZONES: i64 = 2;
const DEFAULT_MASTERS: i64 = 3;

impl Search {
    fn nodes(&self) -> i64 {
        self.count.as_ref().map_or(DEFAULT_NODES, |count| count.0)
    }

    fn zones(&self) -> i64 {
        self.zones.as_ref().map_or(DEFAULT_ZONES, |zones| zones.0)
    }
}

impl Thing for Search {
    fn check(&self, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
        check::check(self, this, model, report);
        templates::check(self, this, model, report);
    }

    fn grant(&self, this: &Entry, verb: Verb, _model: &Model, origin: &Origin) -> Option<Grant> {
        let id = logical_id(this.section, &this.name.value, "");
        let paths = |paths: &[&str]| {
            paths.iter().map(|path| Value::sub(format!("${{{id}.Arn}}{path}"), origin)).collect::<Vec<_>>()
        };
        let statements = match verb {
            Verb::Reads => vec![
                Statement::new(&["es:ESHttpGet", "es:ESHttpHead"], paths(&["/*"]), origin),
                Statement::new(
                    &["es:ESHttpPost"],
                    paths(&["/_msearch", "/_search", "/*/_count", "/*/_search"]),
                    origin,
                ),
            ],
            Verb::Writes => {
                vec![Statement::new(&["es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"], paths(&["/*"]), origin)]
            }
            Verb::Calls | Verb::On => return None,
        };
        let endpoint = Value::get_att(&*id, "DomainEndpoint", origin);
        Some(Grant { statements, environment: vec![("endpoint", endpoint)], event_source: None })
    }

    fn network(&self) -> Option<String> {
        self.network.as_ref().map(|network| network.path())
    }

    fn lacks(&self, _verb: &str) -> Option<&'static str> {
        self.templates.is_none().then_some("templates")
    }

    fn step(&self, this: &Entry, request: &StepRequest<'_>, lowering: &mut Lowering<'_>) -> Option<Step> {
        self.templates.is_some().then(|| templates::step(this, request, lowering))
    }

    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>) {
        lower::lower(self, this, lowering);
    }
}
