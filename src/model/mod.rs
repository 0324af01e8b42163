//! The document as meant: names bound, defaults filled, and the socket that a resource kind fills.
//!
//! A [`Kind`] is a section of the document and how to read it; a [`Thing`] is one entry of such a section. This room
//! knows neither which kinds there are nor which one it has: it asks things through their trait.

mod acceptances;
mod alarms;
mod chart;
mod graph;
pub mod hatches;
mod iam;
mod lower;
mod names;
mod places;
mod release;
mod resolve;
pub mod rules;
mod split;
mod thing;
mod values;

use std::any::Any;
use std::sync::Arc;

use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::source::{Files, Located, Span};
use crate::spec::{Alarms, Document, Drift, Environment, Instance, Moves, Param, ParamType, Scalar, Stacks, Text};

pub use acceptances::expired;
pub use alarms::Alarm;
pub use chart::{Chart, Line};
pub use graph::mermaid;
use hatches::{LocalOverride, Override, RawEntry};
pub use iam::{Role, Statement, Trust, admit_roles, pack, policy_document};
pub use lower::{Home, Lowering, SETTINGS_CHANGED, lower, variable_name};
pub use names::{logical_id, pascal, singular};
pub use places::{Apart, LONGEST_ROLE_NAME};
pub use release::{Contract, Released};
pub use resolve::resolve;
pub use thing::{
    Admission, Attribute, BuildOutput, BuildStep, Entry, Gives, Grant, Kind, Link, References, Sender, Step,
    StepRequest, Thing, Verb, Watch, links, section, section_of_files,
};

/// The meaning of one document.
pub struct Model {
    pub name: Located<String>,
    pub description: Option<Located<String>>,
    pub tags: Vec<(Located<String>, Located<String>)>,
    pub environments: Vec<(Located<String>, Located<Environment>)>,
    pub unread_environments: Vec<String>,
    pub params: Vec<(Located<String>, Located<Param>)>,
    pub delivery_account: Located<String>,
    pub delivery_region: Located<String>,
    pub alarms: Option<Located<Alarms>>,
    pub drift: Option<Located<Drift>>,
    pub stacks: Option<Located<Stacks>>,
    /// By logical id.
    pub overrides: Vec<(Located<String>, Override)>,
    /// Of one environment each.
    pub local_overrides: Vec<LocalOverride>,
    pub resources: Vec<RawEntry>,
    pub moves: Moves,
    /// What was wrong with hatches as they were read.
    found: Vec<Diagnostic>,
    /// By kind and name, so that their order in the file means nothing.
    pub entries: Vec<Entry>,
    pub kinds: &'static [Kind],
    /// The document's path from the root of its repository.
    pub path: String,
    /// The files beside the document.
    pub files: Arc<dyn Files>,
    pub span: Span,
}

impl Model {
    /// Takes a document over; without a name or environment there is no model.
    pub fn new(
        document: Document<Box<dyn Thing>>,
        kinds: &'static [Kind],
        path: &str,
        files: Arc<dyn Files>,
    ) -> Option<Self> {
        let (_, last) = document.environments.last()?;
        let delivery = document.delivery.as_ref();
        let mut found = Vec::new();
        let mut entries: Vec<Entry> = document
            .things
            .into_iter()
            .map(|written| Entry {
                section: written.section,
                name: written.name,
                span: written.span,
                references: written.references,
                expressions: written.expressions,
                overrides: written.overrides.map(|raw| Override::read(&raw, &mut found)),
                module: written.module,
                thing: written.value,
            })
            .collect();
        let place = |section: &str| kinds.iter().position(|kind| kind.section.key == section);
        entries.sort_by(|a, b| (place(a.section), &a.name.value).cmp(&(place(b.section), &b.name.value)));
        let overrides =
            document.overrides.iter().map(|(id, raw)| (id.clone(), Override::read(raw, &mut found))).collect();
        let local_overrides = LocalOverride::all(&document.environments, &mut found);
        let resources = document.resources.iter().filter_map(|(id, raw)| RawEntry::read(id, raw, &mut found)).collect();
        let account = delivery.and_then(|delivery| delivery.account.clone()).unwrap_or_else(|| last.account.clone());
        let region = delivery.and_then(|delivery| delivery.region.clone()).unwrap_or_else(|| last.region.clone());
        Some(Self {
            name: document.name?,
            description: document.description,
            tags: document.tags,
            delivery_account: account.map(|account| account.0),
            delivery_region: region.map(|region| region.text),
            environments: document.environments,
            unread_environments: document.unread_environments,
            params: document.params,
            alarms: document.alarms,
            drift: document.drift,
            stacks: document.stacks,
            overrides,
            local_overrides,
            resources,
            moves: document.moves,
            found,
            entries,
            kinds,
            path: path.to_owned(),
            files,
            span: document.span,
        })
    }

    /// Whether a resource is one that the document writes as in a template.
    fn is_raw(&self, resource: &crate::desired::Resource) -> bool {
        self.resources.iter().any(|raw| raw.resource.thing == resource.thing)
    }

    /// A text in which things go by their names in the document, where it says what they are called in the account.
    pub fn in_words_of_document(&self, text: &str) -> String {
        self.moves.names().fold(text.to_owned(), |text, (old, new)| replaced(&text, old, new))
    }

    /// The thing at a path such as `streams.trips`.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let (section, name) = path.split_once('.')?;
        self.entries.iter().find(|entry| entry.section == section && entry.name.value == name)
    }

    /// The thing at a path as the kind `T`, for kinds that are made to work together.
    pub fn thing<T: Thing>(&self, path: &str) -> Option<(&Entry, &T)> {
        let entry = self.entry(path)?;
        let thing: &dyn Any = entry.thing.as_deref()?;
        Some((entry, thing.downcast_ref()?))
    }

    /// What objects of the bucket at a path such as `buckets.archive` start, and how.
    pub fn watches<'a>(&'a self, bucket: &'a str) -> impl Iterator<Item = (&'a Entry, Watch)> {
        let watches = self.entries.iter().flat_map(|entry| {
            let watches = entry.thing.as_ref().map(|thing| thing.watches()).unwrap_or_default();
            watches.into_iter().map(move |watch| (entry, watch))
        });
        watches.filter(move |(_, watch)| watch.bucket == bucket)
    }

    /// What a link gives to the thing that holds it.
    pub fn granted(&self, link: &Link, origin: &Origin) -> Option<(&Entry, Grant)> {
        let entry = self.entry(&link.target)?;
        let thing = entry.thing.as_ref()?;
        let grant = match &link.part {
            Some(part) => thing.grant_part(entry, part, link.verb, self, origin),
            None => thing.grant(entry, link.verb, self, origin),
        };
        Some((entry, grant?))
    }

    pub fn kind(&self, section: &str) -> Option<&'static Kind> {
        self.kinds.iter().find(|kind| kind.section.key == section)
    }

    /// The value of `kind.name.attribute`; `None` when the kind has no such attribute.
    pub fn attribute(&self, entry: &Entry, name: &str, origin: &Origin) -> Option<Value> {
        let Some(attribute) = self.kind(entry.section)?.attributes.iter().find(|attribute| attribute.name == name)
        else {
            return entry.thing.as_ref()?.attribute(entry, name, self, origin);
        };
        let id = || logical_id(entry.section, &entry.name.value, "");
        match attribute.gives {
            Gives::Ref => Some(Value::reference(id(), origin)),
            Gives::GetAtt(attribute) => Some(Value::get_att(id(), attribute, origin)),
            Gives::Thing => entry.thing.as_ref()?.attribute(entry, name, self, origin),
        }
    }

    pub fn environment(&self, name: &str) -> Option<&(Located<String>, Located<Environment>)> {
        self.environments.iter().find(|(environment, _)| environment.value == name)
    }

    /// The things that `entry` refers to, with the text that says so, in authored order.
    pub fn edges<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = (&'a Entry, &'a Span)> {
        let references = entry.references.iter().map(|reference| (reference.text.as_str(), &reference.span));
        let expressions = entry.expressions.iter().map(|expression| (expression.path.as_str(), &expression.span));
        references.chain(expressions).filter_map(|(text, span)| {
            let mut parts = text.splitn(3, '.');
            let path = format!("{}.{}", parts.next()?, parts.next()?);
            Some((self.entry(&path)?, span))
        })
    }

    /// The folder of what is generated, from the root of the repository.
    pub fn folder(&self) -> String {
        format!("generated/{}", self.name.value)
    }

    /// The stack of an environment.
    pub fn stack_name(&self, environment: &str) -> String {
        format!("{}-{environment}", self.name.value)
    }

    /// The stack of what an environment keeps, where that is apart from what changes with the code.
    pub fn data_stack_name(&self, environment: &str) -> Option<String> {
        self.is_split().then(|| format!("{}-{}", self.stack_name(environment), split::DATA))
    }

    /// Whether what is kept has a stack of its own.
    pub fn is_split(&self) -> bool {
        self.stacks.as_ref().is_some_and(|stacks| stacks.value == Stacks::ByLifeCycle)
    }

    /// The stack of the pipelines.
    pub fn delivery_stack_name(&self) -> String {
        format!("{}-delivery", self.name.value)
    }

    /// A bucket of the delivery stack. Bucket names are global, so account and Region are part of them.
    pub fn delivery_bucket(&self, purpose: &str) -> String {
        self.delivery_bucket_in(purpose, &self.delivery_region.value)
    }

    /// The bucket that builds publish to, under keys that hold their digest.
    pub fn published_bucket(&self) -> String {
        self.delivery_bucket("published")
    }

    /// The role under which CloudFormation makes the resources of an environment. It must not begin like the roles of
    /// the stack, or it could change itself.
    pub fn deploy_role_name(&self, environment: &str) -> String {
        format!("tidegate-deploy-{}", self.stack_name(environment))
    }

    /// The alias of the key that encrypts what builds publish and pipelines pass on.
    pub fn delivery_key_alias(&self) -> String {
        format!("alias/{}", self.delivery_stack_name())
    }

    /// Where the SSM parameters stand that say which published builds `entry` runs in `environment`; with a slash at
    /// its end.
    pub fn release_folder(&self, entry: &Entry, environment: &str) -> String {
        format!("/{}/{environment}/{}/{}/", self.name.value, entry.section, entry.name.value)
    }
}

/// Replaces a path of a thing where it stands alone, and not in a longer name.
fn replaced(text: &str, old: &str, new: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut parts = text.split(old);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let stands_alone = !part.starts_with(is_name) && !out.ends_with(is_name);
        out.push_str(if stands_alone { new } else { old });
        out.push_str(part);
    }
    out
}

/// The file of [`Model::folder`] that holds the digests of all others, and of what they were made from.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// The file of [`Model::folder`] that lists what has to be in a bucket before a deployment: a key and a path in a line.
pub const UPLOADS: &str = "uploads.txt";

/// What a release pointer holds before the first release.
pub const UNRELEASED: &str = "unreleased";

/// Asks every thing for what AWS would refuse of it.
pub fn check(model: &Model) -> Vec<Diagnostic> {
    let mut report = Vec::new();
    for entry in &model.entries {
        check_name(model, entry, &mut report);
        if let Some(thing) = &entry.thing {
            thing.check(entry, model, &mut report);
        }
    }
    check_twins(model, &mut report);
    report
}

/// What a module makes may have the name of something else. Within one file, a name that stands twice is no YAML.
fn check_twins(model: &Model, report: &mut Vec<Diagnostic>) {
    for pair in model.entries.windows(2) {
        let [first, second] = pair else { continue };
        let from = |entry: &Entry| entry.module.as_ref().map(Instance::name);
        if first.path() != second.path() || from(first) == from(second) {
            continue;
        }
        let message = format!("`{}` is made twice, and there can only be one", second.path());
        report.push(
            Diagnostic::new(&rules::NAME_CLASH, &second.name.span, message)
                .label("the second")
                .related(&first.name.span, "the first")
                .help("rename one of them, or what `modules` calls the module"),
        );
    }
}

/// A name that is too long in one environment fails there, perhaps long after it worked in another.
fn check_name(model: &Model, entry: &Entry, report: &mut Vec<Diagnostic>) {
    let Some(kind) = model.kind(entry.section) else { return };
    for (environment, _) in &model.environments {
        let name = format!("{}-{}", model.stack_name(&environment.value), entry.name.value);
        if name.len() <= kind.longest_name {
            continue;
        }
        let message = format!(
            "`{}` would be named `{name}`, which has {} characters; AWS takes {}",
            entry.path(),
            name.len(),
            kind.longest_name
        );
        report.push(
            Diagnostic::new(&rules::NAME_LENGTH, &entry.name.span, message)
                .label("makes the name too long")
                .related(&model.name.span, "together with the name of the system")
                .related(&environment.span, "and of this environment")
                .help("shorten one of the names"),
        );
    }
}

/// What a param is, whichever way it was written.
pub fn param_details(param: &Param) -> (ParamType, Option<&Text>, Option<&str>) {
    match param {
        Param::Short(Scalar(default)) => {
            let integer = default.literal().is_some_and(|text| text.parse::<i64>().is_ok());
            (if integer { ParamType::Integer } else { ParamType::Text }, Some(default), None)
        }
        Param::Long(long) => (
            long.kind.as_ref().map_or(ParamType::Text, |kind| kind.value),
            long.default.as_ref().map(|default| &default.value.0),
            long.description.as_ref().map(|description| description.value.0.as_str()),
        ),
    }
}
