//! What should exist: a graph of resources in CloudFormation's own vocabulary, in which every value remembers the
//! span that asked for it.
//!
//! [`Desired`] is the only input of the backends, of the lints that look at resources, and of reconcile.

mod acceptance;
#[cfg(test)]
pub(crate) mod generate;
mod value;

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::source::Span;

pub use acceptance::Acceptance;
pub use value::{Intrinsic, Value, ValueKind};

/// Why a value is there: the authored text that asked for it, and the reason when it was not written out there.
#[derive(Clone, Debug)]
pub struct Origin {
    pub span: Span,
    /// `None`: this very value was authored at the span. Otherwise why the compiler added it.
    pub reason: Option<&'static str>,
}

impl Origin {
    pub fn authored(span: &Span) -> Self {
        Self { span: span.clone(), reason: None }
    }

    /// `reason` is a short clause that stands after "because", in lower case.
    pub fn derived(span: &Span, reason: &'static str) -> Self {
        Self { span: span.clone(), reason: Some(reason) }
    }
}

/// Everything that one system asks for.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// By [`Stack::role`], in the order of deployment.
    pub stacks: Vec<Stack>,
    /// Where the account may differ.
    pub acceptances: Vec<Acceptance>,
}

/// One CloudFormation template and where it is deployed.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// `delivery`, `application`, `data` beside it, or for further places `prod-access`: names the artifact.
    pub role: Cow<'static, str>,
    pub description: String,
    pub parameters: IndexMap<String, Parameter>,
    pub conditions: IndexMap<String, Value>,
    /// By logical id, in the order they were added; the printer sorts them.
    pub resources: IndexMap<String, Resource>,
    pub outputs: IndexMap<String, Output>,
    /// Where this template is deployed: one place for most, one per environment for an application.
    pub deployments: Vec<Deployment>,
    /// Files that have to be in a bucket before the stack is deployed; none in a template that somebody wrote.
    pub uploads: Vec<Upload>,
    /// The macros that CloudFormation runs over the template before it reads it, e.g. `AWS::LanguageExtensions`.
    pub transforms: Vec<String>,
    /// By name: a map of maps each.
    pub mappings: IndexMap<String, Value>,
    /// By name: what is asserted about the values of parameters.
    pub rules: IndexMap<String, Value>,
    pub metadata: Option<Value>,
    /// A macro, or a loop over what is not known before deployment, may add resources, parameters and properties: what
    /// seems to be missing may be there at deployment.
    pub open: bool,
}

/// A file that a resource reads from a bucket.
#[derive(Clone, Debug)]
pub struct Upload {
    /// From the root of the repository.
    pub path: String,
    pub bucket: String,
    /// Holds a digest of the text, so that what is there under it never changes.
    pub key: String,
    pub text: String,
}

/// Stands for a policy of a resource that is computed at deployment.
pub const DECIDED_LATER: &str = "decided at deployment";

/// A template parameter; the values are in [`Deployment::parameters`].
#[derive(Clone, Debug)]
pub struct Parameter {
    /// CloudFormation's parameter type, e.g. `String`, `Number`, `AWS::SSM::Parameter::Value<String>`.
    pub parameter_type: String,
    pub description: String,
    pub default: Option<Value>,
    /// Further attributes, e.g. `MinValue`, `AllowedValues`.
    pub constraints: Vec<(String, Value)>,
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub struct Resource {
    /// `AWS::Kinesis::Stream`
    pub resource_type: String,
    /// `streams.trips`: the authored thing this resource belongs to.
    pub thing: String,
    pub properties: Value,
    /// Logical ids.
    pub depends_on: Vec<String>,
    pub condition: Option<String>,
    /// CloudFormation's word, or [`DECIDED_LATER`].
    pub deletion_policy: Option<&'static str>,
    /// As for deletion.
    pub update_replace_policy: Option<&'static str>,
    /// Further attributes as written: `Metadata`, `CreationPolicy`, `UpdatePolicy`.
    pub attributes: Vec<(String, Value)>,
    /// What a person must do once after it was made, e.g. complete a handshake; CloudFormation knows nothing of it.
    pub by_hand: Option<String>,
    /// Whether the document overrides properties of it, so that it is more than what its kind makes.
    pub overridden: bool,
    pub origin: Origin,
}

impl Resource {
    /// With properties, and nothing else that a template says of a resource.
    pub fn new(resource_type: impl Into<String>, thing: impl Into<String>, properties: Value, origin: Origin) -> Self {
        Self {
            resource_type: resource_type.into(),
            thing: thing.into(),
            properties,
            depends_on: Vec::new(),
            condition: None,
            deletion_policy: None,
            update_replace_policy: None,
            attributes: Vec::new(),
            by_hand: None,
            overridden: false,
            origin,
        }
    }

    /// Keeps what it holds when it leaves the template. If it was made by an operation that fails, nothing is in it yet, and
    /// it must not stand in the way of the next attempt.
    pub fn retain(&mut self) {
        self.deletion_policy = Some("RetainExceptOnCreate");
        self.update_replace_policy = Some("Retain");
    }
}

#[derive(Clone, Debug)]
pub struct Output {
    pub description: String,
    pub value: Value,
    pub condition: Option<String>,
    /// The name under which other stacks import the value.
    pub export: Option<Value>,
    pub origin: Origin,
}

/// One stack made from a template.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `prod`; the delivery stack has the name of its role.
    pub environment: String,
    pub stack_name: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// Values of template parameters that differ from the default.
    pub parameters: Vec<(String, Value)>,
    pub tags: Vec<(String, String)>,
    /// Termination protection of the stack.
    pub protected: bool,
    pub origin: Origin,
}

impl Stack {
    /// Whether a macro that is not AWS's rewrites the template: what it makes of a property, nobody knows here.
    pub fn has_own_macro(&self) -> bool {
        self.transforms.iter().any(|name| !name.starts_with("AWS::"))
    }

    /// The deployment into `environment`, if this template goes there.
    pub fn deployment(&self, environment: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.environment == environment)
    }
}
