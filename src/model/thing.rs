//! The socket that a kind fills: what each of its things says of itself.

use std::any::Any;

use super::hatches::Override;
use super::{Chart, Contract, Home, Lowering, Model, Released, Statement, logical_id};
use crate::desired::{Origin, Value};
use crate::diagnostic::{Diagnostic, Rule};
use crate::facts::sends_by_role;
use crate::release::Shown;
use crate::source::{Located, Span};
use crate::spec::{Decoder, Expression, Instance, OneOrMany, Reference, ReferenceUse, Section, Shape};
use crate::syntax::Node;

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
