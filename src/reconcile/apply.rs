//! The one effect: executing a plan and following it to its end.

use std::fmt;

use super::deploy::Plan;
use super::patience::Patience;
use crate::cloud::{ChangeSetId, Cloud, CloudError, Event, Look, StackState, verify_account};
use crate::desired::Origin;
use crate::source::sha256;

/// What happens, for a person who waits.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A change set is being made.
    Planning,
    /// An operation that somebody began earlier is followed to its end; with the stack's status.
    Following(String),
    /// The change set is being executed.
    Executing,
    /// With the authored thing of the event's resource.
    Event(Event, Option<Origin>),
    /// Termination protection was set so.
    Protection(bool),
}

/// Why a deployment did not happen.
#[derive(Debug)]
pub enum DeployError {
    Cloud(CloudError),
    /// The stack is in a state that CloudFormation does not leave without help.
    Stuck {
        stack: String,
        status: String,
        reason: Option<String>,
        hint: String,
    },
    /// CloudFormation could not make the change set.
    Rejected {
        stack: String,
        reason: String,
    },
    /// The operation failed; CloudFormation has rolled back as far as `status` says.
    Failed(Box<Failure>),
}

/// A failed operation.
#[derive(Debug)]
pub struct Failure {
    pub stack: String,
    /// Of the stack at the end, e.g. `UPDATE_ROLLBACK_COMPLETE`.
    pub status: String,
    /// The first event that failed by itself, not because others did.
    pub event: Option<Event>,
    /// The authored thing of that event's resource.
    pub origin: Option<Origin>,
}

impl From<CloudError> for DeployError {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

/// In one line, without hints.
impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cloud(error) => error.fmt(f),
            Self::Stuck { stack, status, reason, .. } => {
                write!(f, "the stack `{stack}` is in the state {status}")?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
            Self::Rejected { stack, reason } => {
                write!(f, "CloudFormation refuses the template of `{stack}`: {reason}")
            }
            Self::Failed(failure) => {
                write!(f, "deploying `{}` ended as {}", failure.stack, failure.status)?;
                let Some(event) = &failure.event else { return Ok(()) };
                write!(f, ": `{}` ({}) {}", event.logical_id, event.resource_type, event.status)?;
                event.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
        }
    }
}

impl std::error::Error for DeployError {}

/// The stack after a successful deployment.
#[derive(Clone, Debug)]
pub struct Applied {
    pub state: StackState,
    /// Whether a change set was executed.
    pub executed: bool,
}

/// Executes a plan. Running it again after it was cut off at any point is safe: plan again, then apply that.
///
/// # Errors
/// When AWS refuses, or when the operation fails; then with the first failing event and its authored thing.
pub fn apply(cloud: &dyn Cloud, plan: &Plan, progress: &mut dyn FnMut(Progress)) -> Result<Applied, DeployError> {
    verify_account(cloud, &plan.account)?;
    if let Some(id) = &plan.change_set {
        let last = cloud.events(&plan.stack_name, None)?.pop().map(|event| event.id).unwrap_or_default();
        progress(Progress::Executing);
        execute(cloud, id, &last)?;
        follow(cloud, plan, &last, progress)?;
    }
    if let Some(protected) = plan.protection {
        cloud.set_termination_protection(&plan.stack_name, protected)?;
        progress(Progress::Protection(protected));
    }
    let state = cloud.stack(&plan.stack_name)?;
    let gone = || CloudError::refused("read the stack", &plan.stack_name, "it was deleted after the deployment");
    Ok(Applied { state: state.ok_or_else(gone)?, executed: plan.change_set.is_some() })
}

/// The token makes repetitions one execution; a later execution of an equal change set starts from other events.
fn execute(cloud: &dyn Cloud, id: &ChangeSetId, last_event: &str) -> Result<(), CloudError> {
    let token = format!("tidegate-{:.32}", sha256(format!("{}{last_event}", id.name)));
    match cloud.execute_change_set(id, &token) {
        // Somebody else has executed it meanwhile: then it is followed.
        Err(error)
            if error.has_code("InvalidChangeSetStatus")
                && cloud.stack(&id.stack)?.is_some_and(|state| state.in_progress()) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Follows the operation that was in progress when the plan was asked for.
pub(super) fn finish_earlier(
    cloud: &dyn Look,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<StackState>, DeployError> {
    let Some(state) = cloud.stack(&plan.stack_name)? else { return Ok(None) };
    progress(Progress::Following(state.status));
    // No event has an empty id, so these are all.
    let events = cloud.events(&plan.stack_name, Some(""))?;
    let begins = |event: &Event| {
        let operations = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"];
        event.physical_id == state.id && operations.contains(&event.status.as_str())
    };
    let before = events.iter().rposition(begins).and_then(|start| start.checked_sub(1));
    let last = before.map(|index| events[index].id.clone()).unwrap_or_default();
    let deleting = events.iter().rev().find(|event| event.physical_id == state.id);
    if deleting.is_some_and(|event| event.status.starts_with("DELETE_")) {
        let mut patience = Patience::new();
        while cloud.stack(&plan.stack_name)?.is_some_and(|state| state.in_progress()) {
            patience.pause(cloud);
        }
        return Ok(cloud.stack(&plan.stack_name)?);
    }
    follow(cloud, plan, &last, progress).map(Some)
}

/// Tells the events after `last` until the stack is at rest.
fn follow(
    cloud: &dyn Look,
    plan: &Plan,
    last: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<StackState, DeployError> {
    let mut last = last.to_owned();
    let mut first_failure: Option<Event> = None;
    let mut name = plan.stack_name.clone();
    let mut told = None;
    let mut patience = Patience::new();
    loop {
        // The state is read before the events, so that no event of the end is missed.
        let state = cloud.stack(&name)?;
        if let Some(state) = &state {
            // A stack that is deleted on the way answers only to its id.
            name = state.id.clone();
        }
        for event in cloud.events(&name, Some(&last))? {
            patience.renew();
            last.clone_from(&event.id);
            let of_this_stack = state.as_ref().is_some_and(|state| event.physical_id == state.id);
            if of_this_stack {
                told = Some(event.status.clone());
            }
            if first_failure.is_none() && event.failed() && !event.cancelled() && !of_this_stack {
                first_failure = Some(event.clone());
            }
            let origin = plan.origin(&event.logical_id);
            progress(Progress::Event(event, origin));
        }
        match state {
            // Until the events tell the state, it may be that of before the operation.
            Some(state) if state.in_progress() || told.as_ref() != Some(&state.status) => patience.pause(cloud),
            Some(state) if state.succeeded() => return Ok(state),
            state => {
                let status = state.map_or_else(|| "DELETE_COMPLETE".to_owned(), |state| state.status);
                let origin = first_failure.as_ref().and_then(|event| plan.origin(&event.logical_id));
                let stack = plan.stack_name.clone();
                return Err(DeployError::Failed(Box::new(Failure { stack, status, event: first_failure, origin })));
            }
        }
    }
}
