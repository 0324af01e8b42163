//! The account as seen from here.
//!
//! What reconcile needs of AWS stands in three traits, by what their holder can do: [`Look`], [`Propose`] and
//! [`Cloud`]. [`aws`] speaks to AWS and is the only room that names its SDK; [`memory`] is its twin for tests.
//! Each stands for one account in one region.

pub mod aws;
mod error;
mod lock;
pub mod memory;
mod pipeline;
mod stack;

use std::time::Duration;

use serde_json::Value as Json;

pub use error::CloudError;
pub use lock::Lock;
pub use pipeline::StageRun;
pub use stack::{
    Cause, Change, ChangeAction, ChangeDetail, ChangeSet, ChangeSetId, ChangeSetRequest, ChangeSetState, Event,
    Recreation, Replacement, StackKind, StackParameter, StackResource, StackState, WaitingChangeSet,
};

/// The longest template, in bytes, that CloudFormation takes in a call; longer ones go through a bucket.
/// CloudFormation user guide, quotas. Read 2026-11-20.
pub const LONGEST_TEMPLATE: usize = 51_200;

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

/// A resource whose live state is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: String,
    /// The properties as far as they are known; some readers need them to find or to judge the resource.
    pub properties: Json,
}

/// What is there, for one [`Wanted`].
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    Live(Live),
    /// The resource does not exist.
    Missing,
    /// There is no reader for the type.
    NoReader,
    /// The reader could not read it, for this reason.
    Unread(String),
}

/// Live properties in CloudFormation's vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    pub properties: Json,
    /// Top-level properties that the reader knows. About others it says nothing, whether or not they are in
    /// `properties`.
    pub covers: Vec<String>,
    /// JSON pointers that could not be read, each with the reason.
    pub unread: Vec<(String, String)>,
}

/// What CloudFormation's own drift detection says about one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    pub logical_id: String,
    pub status: DetectedStatus,
    pub differences: Vec<DetectedDifference>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectedStatus {
    InSync,
    Modified,
    Deleted,
    /// With CloudFormation's reason.
    NotChecked(String),
}

/// One property that CloudFormation found to differ.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectedDifference {
    /// `/Targets/0/Arn`
    pub pointer: String,
    /// `None`: added outside of CloudFormation.
    pub expected: Option<Json>,
    /// `None`: removed outside of CloudFormation.
    pub live: Option<Json>,
}

/// Bytes as AWS's APIs write them in JSON: in Base64. `None` for what is none.
pub fn blob(text: &str) -> Option<Vec<u8>> {
    aws_smithy_types::base64::decode(text).ok()
}

/// One account in one region, to look at. Every method may fail with a [`CloudError`] that says what was attempted on
/// what. Whoever holds no more than this cannot change anything.
pub trait Look {
    fn caller(&self) -> Result<Caller, CloudError>;

    /// `None` when there is no such stack.
    fn stack(&self, stack: &str) -> Result<Option<StackState>, CloudError>;

    /// The deployed template as it was submitted.
    fn template(&self, stack: &str) -> Result<String, CloudError>;

    /// All resources of a stack that exist or existed, in CloudFormation's order.
    fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError>;

    /// With all pages of its changes once it is ready; `None` when there is no such change set or stack.
    fn change_set(&self, id: &ChangeSetId) -> Result<Option<ChangeSet>, CloudError>;

    /// The change sets of a stack that were made and not executed, whoever made them; none without the stack.
    fn change_sets(&self, stack: &str) -> Result<Vec<WaitingChangeSet>, CloudError>;

    /// The events after the one with the id `after`, oldest first; without `after` only the newest one.
    fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<Event>, CloudError>;

    /// CloudFormation's drift detection over a whole stack; waits until it is done.
    fn detect_drift(&self, stack: &str) -> Result<Vec<Detected>, CloudError>;

    /// The live state of each resource, in the same order. Resources that cannot be read are
    /// [`Observation::NoReader`] or [`Observation::Unread`] and hinder no others.
    fn observe(&self, wanted: &[Wanted]) -> Vec<Observation>;

    /// What is under way in each stage of a pipeline, in order.
    fn stages(&self, pipeline: &str) -> Result<Vec<StageRun>, CloudError>;

    /// Who holds the lock of a stack, if somebody does.
    fn lock(&self, stack: &str) -> Result<Option<Lock>, CloudError>;

    /// Waits between two looks at something that is in progress.
    fn pause(&self, duration: Duration);
}

/// To look at, and to ask CloudFormation what it would do: change sets, which by themselves change no resource.
pub trait Propose: Look {
    /// Begins to make a change set; whether the stack is created or updated is the request's `kind`. When one of that
    /// name exists, it is an error.
    fn create_change_set(&self, request: &ChangeSetRequest) -> Result<(), CloudError>;

    fn delete_change_set(&self, id: &ChangeSetId) -> Result<(), CloudError>;
}

/// A call to a service's own API, in its words.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCall {
    /// As the SDKs name it: `codepipeline`.
    pub service: &'static str,
    /// `EnableStageTransition`
    pub operation: &'static str,
    pub input: Json,
    /// Of an operation that has a path of its own and is called by `GET`: that path with its query.
    pub path: Option<String>,
}

impl ServiceCall {
    /// A call by the operation's name alone.
    pub fn new(service: &'static str, operation: &'static str, input: Json) -> Self {
        Self { service, operation, input, path: None }
    }
}

/// One account in one region, with everything that can be done there.
pub trait Cloud: Propose {
    /// Changes a resource in place by CloudFormation's own handler, through Cloud Control; waits until it is done.
    /// `patch` is RFC 6902's; `role`: the ARN of the role under which the handler works, else the caller's own rights.
    fn update_resource(
        &self,
        resource_type: &str,
        identifier: &str,
        patch: &Json,
        role: Option<&str>,
    ) -> Result<(), CloudError>;

    /// Calls a service's own API; gives its answer.
    fn call(&self, call: &ServiceCall) -> Result<Json, CloudError>;

    /// `token` makes repetitions of the call one execution.
    fn execute_change_set(&self, id: &ChangeSetId, token: &str) -> Result<(), CloudError>;

    fn set_termination_protection(&self, stack: &str, protected: bool) -> Result<(), CloudError>;

    /// Writes the lock down, unless there is one; whether it did.
    fn take_lock(&self, lock: &Lock) -> Result<bool, CloudError>;

    /// Removes the lock of a stack, whoever holds it; without one nothing happens.
    fn release_lock(&self, stack: &str) -> Result<(), CloudError>;

    /// Begins to delete a stack but for the resources in `retain`, which CloudFormation takes only of a stack that it
    /// could not delete. `token` makes repetitions of the call one deletion.
    fn delete_stack(&self, stack: &str, retain: &[String], token: &str) -> Result<(), CloudError>;

    /// Begins to go on with a rollback that failed, without the resources in `skip`. `token` makes repetitions of the
    /// call one.
    fn continue_rollback(&self, stack: &str, skip: &[String], token: &str) -> Result<(), CloudError>;
}

/// Refuses credentials of another account than the one that is meant.
pub fn verify_account(cloud: &dyn Look, account: &str) -> Result<Caller, CloudError> {
    let caller = cloud.caller()?;
    if caller.account == account {
        return Ok(caller);
    }
    let message = format!("they are of account {}, but the environment is account {account}", caller.account);
    Err(CloudError::refused("use the credentials of", &caller.arn, message)
        .hint(format!("use a profile of account {account}: `--profile NAME` or `AWS_PROFILE=NAME`")))
}
