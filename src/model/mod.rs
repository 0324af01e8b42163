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
mod values;

use std::any::Any;
use std::sync::Arc;

use crate::desired::{Origin, Value};
use crate::diagnostic::{Diagnostic, Rule};
use crate::facts::sends_by_role;
use crate::release::Shown;
use crate::source::{Files, Located, Span};
use crate::spec::{
    Alarms, Decoder, Document, Drift, Environment, Expression, Instance, Moves, OneOrMany, Param, ParamType, Reference,
    ReferenceUse, Scalar, Section, Shape, Stacks, Text,
};
use crate::syntax::Node;

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

/// A kind of thing: one section of the document.
pub struct Kind {
    pub section: Section<Box<dyn Thing>>,
    /// The stack that its things belong to.
    pub home: Home,
    /// The attributes that expressions may ask for, each with where it is known.
    pub attributes: &'static [Attribute],
    /// How long the name of a thing's resource may be. It is made of the stack's name and its own.
    pub longest_name: usize,
    /// What it means that nothing in the document refers to a thing, for things that are there only to be used.
    pub idle: Option<&'static str>,
    /// The pipeline steps that its things offer: `release`, `invoke`, `copy`.
    pub steps: &'static [&'static str],
    pub rules: &'static [&'static Rule],
    /// Markdown for the book: what it makes, with examples.
    pub page: &'static str,
}

/// `${{ kind.name.attribute }}`
pub struct Attribute {
    pub name: &'static str,
    pub known: Home,
    pub gives: Gives,
    pub doc: &'static str,
}

/// Where an attribute's value comes from.
pub enum Gives {
    /// `Ref` of the thing's own resource.
    Ref,
    /// `Fn::GetAtt` of the thing's own resource.
    GetAtt(&'static str),
    /// [`Thing::attribute`].
    Thing,
}

/// How one thing uses another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Reads,
    Writes,
    Calls,
    /// Is started by.
    On,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Verb::Reads => "reads",
            Verb::Writes => "writes",
            Verb::Calls => "calls",
            Verb::On => "on",
        }
    }
}

/// What a thing allows another to do with it.
#[derive(Default)]
pub struct Grant {
    pub statements: Vec<Statement>,
    /// What an event source mapping polls, for [`Verb::On`].
    pub event_source: Option<Value>,
    /// Attributes that the user of this thing finds in its environment, e.g. `name`.
    pub environment: Vec<(&'static str, Value)>,
}

/// An AWS service that sends to a thing for another: an event rule, a bucket, a topic, an alarm.
pub struct Sender<'a> {
    /// `events.amazonaws.com`
    pub service: &'static str,
    /// Whose messages it sends.
    pub entry: &'a Entry,
    /// The ARN that the service names as `aws:SourceArn`; without it, everything of the own account may send.
    pub source: Option<Value>,
    /// Where the two were brought together.
    pub origin: Origin,
}

impl Sender<'_> {
    /// How a service is let in that always sends under a role: no policy of the receiver is asked. `None` for the
    /// services that a receiver lets in by itself.
    pub fn by_role(&self, action: &str, arn: &Value) -> Option<Admission> {
        sends_by_role(self.service).then(|| Admission {
            arn: arn.clone(),
            statements: vec![Statement::new(&[action], vec![arn.clone()], &self.origin)],
            after: None,
        })
    }
}

/// How a service is let in.
pub struct Admission {
    /// What it sends to.
    pub arn: Value,
    /// What the role that it sends with has to allow; empty where the receiver lets it in by a policy of its own.
    pub statements: Vec<Statement>,
    /// The resource with that policy, by its logical id: who sends has to wait for it.
    pub after: Option<String>,
}

/// Objects of a bucket that start a thing. The bucket tells of them, so it is the bucket that asks for this.
#[derive(Clone, Debug)]
pub struct Watch {
    /// `buckets.archive`
    pub bucket: String,
    /// S3's names of what happens: `s3:ObjectCreated:*`.
    pub events: Vec<&'static str>,
    /// How the keys of the objects begin.
    pub prefix: Option<Located<String>>,
    /// How the keys of the objects end.
    pub suffix: Option<Located<String>>,
    /// Where the bucket is named.
    pub span: Span,
}

/// One use of another thing, as authored.
#[derive(Clone, Debug)]
pub struct Link {
    pub verb: Verb,
    /// `streams.trips`
    pub target: String,
    /// The part of it that is meant: one table of a catalog.
    pub part: Option<String>,
    pub span: Span,
}

impl Link {
    /// A use of a whole thing.
    pub fn to(verb: Verb, target: String, span: &Span) -> Self {
        Self { verb, target, part: None, span: span.clone() }
    }
}

/// The references under one verb, if it is given.
pub type References<T> = Option<Located<OneOrMany<Reference<T>>>>;

/// What a thing uses, verb by verb, as authored.
pub fn links<T, const VERBS: usize>(used: [(Verb, &References<T>); VERBS]) -> Vec<Link> {
    let uses = used.into_iter().flat_map(|(verb, references)| {
        let references = references.iter().flat_map(|references| &references.value.0);
        references.map(move |reference| (verb, reference))
    });
    let link = |(verb, reference): (Verb, &Located<Reference<T>>)| Link {
        part: reference.part.clone(),
        ..Link::to(verb, reference.path(), &reference.span)
    };
    uses.map(link).collect()
}

/// One entry of a section.
pub trait Thing: Any + Send + Sync {
    /// The things that this one uses by a verb.
    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    /// The objects of buckets that start this thing.
    fn watches(&self) -> Vec<Watch> {
        Vec::new()
    }

    /// Refuses what cannot be lowered or what AWS surely refuses.
    fn check(&self, _this: &Entry, _model: &Model, _report: &mut Vec<Diagnostic>) {}

    /// The value of an attribute that the kind leaves to its things.
    fn attribute(&self, _this: &Entry, _attribute: &str, _model: &Model, _origin: &Origin) -> Option<Value> {
        None
    }

    /// Whether this thing declares the attribute itself, beside those of its kind: [`Thing::attribute`] gives its value.
    fn declares(&self, _attribute: &str) -> bool {
        false
    }

    /// What a user by this verb needs; `None` when this thing cannot be used so.
    fn grant(&self, _this: &Entry, _verb: Verb, _model: &Model, _origin: &Origin) -> Option<Grant> {
        None
    }

    /// What the parts of this thing are called, one of them and all their names; `None` when it has none that can be
    /// referred to.
    fn parts(&self) -> Option<(&'static str, Vec<&str>)> {
        None
    }

    /// Like [`Thing::grant`] for one part of this thing.
    fn grant_part(&self, _this: &Entry, _part: &str, _verb: Verb, _model: &Model, _origin: &Origin) -> Option<Grant> {
        None
    }

    /// Lets a service send to this thing; `None` when nothing can be sent to it.
    fn admit(&self, _this: &Entry, _sender: &Sender<'_>, _lowering: &mut Lowering<'_>) -> Option<Admission> {
        None
    }

    /// What a dashboard shows of this thing.
    fn charts(&self, _this: &Entry, _model: &Model) -> Vec<Chart> {
        Vec::new()
    }

    /// The network that this thing runs in (`networks.x`), with a security group of its own: what it uses lets it in.
    fn network(&self, _model: &Model) -> Option<String> {
        None
    }

    /// A pipeline step that acts on this thing in `environment`, e.g. a release; `None` when it offers none.
    fn step(&self, _this: &Entry, _request: &StepRequest<'_>, _lowering: &mut Lowering<'_>) -> Option<Step> {
        None
    }

    /// Why this very thing does not offer a step that its kind offers, and what to write instead.
    fn declines(&self, _verb: &str) -> Option<(&'static str, &'static str)> {
        None
    }

    /// The build whose output this thing runs (`builds.taxi-jar`): it has a release pointer for it.
    fn released_build(&self) -> Option<String> {
        None
    }

    /// All builds whose output this thing runs, each with a release pointer of its own.
    fn released_builds(&self) -> Vec<Released> {
        self.released_build().map(Released::code).into_iter().collect()
    }

    /// What a release of this thing keeps to in `environment`: the pipeline's step and a release by hand ask for the same.
    /// `None` when nothing but an update of the stack brings it a new build.
    fn contract(&self, _this: &Entry, _model: &Model, _environment: &str) -> Option<Contract> {
        None
    }

    /// What `tidegate status` shows of this thing in `environment`, where its releases need no [`Contract`].
    fn shown(&self, _this: &Entry, _model: &Model, _environment: &str) -> Option<Shown> {
        None
    }

    /// The alarms that it watches by their names, each as `streams.trips.late`.
    fn watched_alarms(&self) -> Vec<Located<String>> {
        Vec::new()
    }

    /// The folder of what is published that it reads by itself, under its own role.
    fn loads(&self, _this: &Entry) -> Option<String> {
        self.released_build().map(|build| format!("builds/{}", build.strip_prefix("builds.").unwrap_or(&build)))
    }

    /// The builds whose output its steps take: a pipeline makes them before.
    fn step_builds(&self) -> Vec<String> {
        self.released_build().into_iter().collect()
    }

    /// The key without which this thing has nothing to do in a step that its kind offers.
    fn lacks(&self, _verb: &str) -> Option<&'static str> {
        None
    }

    /// What a build publishes, for the things that run it.
    fn build_output(&self) -> Option<BuildOutput> {
        None
    }

    /// Adds the resources of this thing to the stacks; things of the application stack come first.
    fn lower(&self, this: &Entry, lowering: &mut Lowering<'_>);
}

/// What a build publishes.
#[derive(Clone, Debug)]
pub enum BuildOutput {
    /// A JAR whose class files need at least this Java.
    Java { jdk: Located<i64> },
    /// A ZIP that Flink runs as a Python application.
    Python { version: Located<String>, main: String, connector: Option<String> },
    /// Anything else.
    Opaque,
}

/// A pipeline asks a thing for a step.
pub struct StepRequest<'a> {
    /// `release`, `invoke`, `copy`: the key of the step.
    pub verb: &'static str,
    pub environment: &'a str,
    /// The namespace of the build action in this pipeline that gives what is released, if there is one.
    pub build: Option<&'a BuildStep>,
    /// All build actions of this pipeline before the step.
    pub builds: &'a [BuildStep],
    pub origin: Origin,
}

/// A build action of a pipeline, for the steps after it.
#[derive(Clone, Debug)]
pub struct BuildStep {
    /// `builds.taxi-jar`
    pub build: String,
    /// The namespace of its output variables.
    pub namespace: String,
    /// The name of its output artifact.
    pub artifact: String,
}

/// One CodePipeline action without its place in a stage.
pub struct Step {
    pub category: &'static str,
    pub provider: &'static str,
    pub configuration: Vec<(String, Value)>,
    pub input: Option<String>,
    /// What the pipeline's role needs for it.
    pub statements: Vec<Statement>,
}

/// A thing with its name and what was found in it.
pub struct Entry {
    pub section: &'static str,
    pub name: Located<String>,
    /// The whole of its value.
    pub span: Span,
    pub references: Vec<ReferenceUse>,
    pub expressions: Vec<Expression>,
    /// Changes of the properties of its resources.
    pub overrides: Option<Override>,
    /// The module that it comes from.
    pub module: Option<Instance>,
    /// `None` when something in it was reported: it is known by name only.
    pub thing: Option<Box<dyn Thing>>,
}

impl Entry {
    /// `streams.trips`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name.value)
    }

    /// The name of its resource in the account: the stack's name and its own.
    pub fn physical_name(&self) -> Value {
        let origin = Origin::derived(&self.name.span, "things are named after their stack");
        Value::sub(format!("${{AWS::StackName}}-{}", self.name.value), &origin)
    }

    /// `Ref` of its own resource.
    pub fn reference(&self, origin: &Origin) -> Value {
        Value::reference(logical_id(self.section, &self.name.value, ""), origin)
    }

    /// The origin of what a dashboard shows of it.
    pub fn shown(&self) -> Origin {
        self.derived("a dashboard shows what can be seen of a thing")
    }

    /// The origin of what follows from this thing's being there.
    pub fn derived(&self, reason: &'static str) -> Origin {
        Origin::derived(&self.name.span, reason)
    }
}

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

/// How the section `key` reads its things of type `T`.
pub const fn section<T: Thing + Shape>(key: &'static str, doc: &'static str) -> Section<Box<dyn Thing>> {
    fn decode<T: Thing + Shape>(node: &Node, decoder: &mut Decoder) -> Option<Box<dyn Thing>> {
        T::decode(node, decoder).map(|thing| Box::new(thing) as Box<dyn Thing>)
    }
    Section { key, doc, schema: T::schema, decode: decode::<T>, file: None }
}

/// Like [`section`], where the key `file` of a thing names the file that `each` makes it for, unless told otherwise.
pub const fn section_of_files<T: Thing + Shape>(
    key: &'static str,
    doc: &'static str,
    file: &'static str,
) -> Section<Box<dyn Thing>> {
    let mut section = section::<T>(key, doc);
    section.file = Some(file);
    section
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
