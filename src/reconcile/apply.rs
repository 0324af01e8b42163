//! The one effect: executing a plan and following it to its end.

use std::fmt;

use super::deploy::Plan;
use super::journal::{Execution, Journal, Step};
use super::patience::Patience;
use crate::cloud::{ChangeSetId, Cloud, CloudError, Event, Lock, Look, StackState, verify_account};
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
    /// Somebody else applies something to the stack.
    Locked(Box<Lock>),
    /// What is about to be done cannot be written down, so it is not done.
    Journal(String),
    /// A saved plan no longer fits.
    Outdated {
        stack: String,
        reason: String,
    },
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
            Self::Locked(lock) => {
                let Lock { stack, holder, machine, purpose, since, .. } = &**lock;
                write!(f, "`{stack}` is locked by {holder}")?;
                if !since.is_empty() {
                    write!(f, " since {since}, for `{purpose}` on {machine}")?;
                }
                Ok(())
            }
            Self::Journal(reason) => f.write_str(reason),
            Self::Outdated { stack, reason } => write!(f, "the plan of `{stack}` no longer holds: {reason}"),
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

/// Executes a plan. Running it again after it was cut off at any point is safe: [`resume()`], plan again, then apply that.
///
/// # Errors
/// When AWS refuses, or when the operation fails; then with the first failing event and its authored thing.
pub fn apply(
    cloud: &dyn Cloud,
    plan: &Plan,
    journal: &mut Journal<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Applied, DeployError> {
    verify_account(cloud, &plan.account)?;
    if let Some(id) = &plan.change_set {
        refuse_another(cloud, id, plan)?;
        let execution = announce(cloud, id, journal)?;
        progress(Progress::Executing);
        execute(cloud, id, &execution)?;
        follow_to_end(cloud, plan, &execution, journal, progress)?;
    }
    if let Some(protected) = plan.protection {
        journal.write(&plan.stack_name, Step::Protecting(protected)).map_err(DeployError::Journal)?;
        cloud.set_termination_protection(&plan.stack_name, protected)?;
        progress(Progress::Protection(protected));
    }
    let state = cloud.stack(&plan.stack_name)?;
    let gone = || CloudError::refused("read the stack", &plan.stack_name, "it was deleted after the deployment");
    Ok(Applied { state: state.ok_or_else(gone)?, executed: plan.change_set.is_some() })
}

/// Follows an execution that an earlier process of this run began, and whose end nobody has seen. `None`: there is none,
/// or it was announced and not begun; then planning finds its change set again.
///
/// # Errors
/// When AWS refuses, or when the operation failed; that is told once.
pub fn resume(
    cloud: &dyn Look,
    plan: &Plan,
    journal: &mut Journal<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<StackState>, DeployError> {
    let Some(execution) = journal.pending(&plan.stack_name).cloned() else { return Ok(None) };
    let state = cloud.stack(&plan.stack_name)?.filter(|state| state.id == execution.stack_id);
    let Some(state) = state else {
        let gone = Step::Ended("DELETE_COMPLETE".to_owned());
        journal.write(&plan.stack_name, gone).map_err(DeployError::Journal)?;
        return Ok(None);
    };
    if !begun(cloud, &execution)? {
        return Ok(None);
    }
    progress(Progress::Following(state.status));
    follow_to_end(cloud, plan, &execution, journal, progress).map(Some)
}

/// What was shown is what is executed, and not a change set that somebody has made since under the same name.
fn refuse_another(cloud: &dyn Look, id: &ChangeSetId, plan: &Plan) -> Result<(), DeployError> {
    let Some(planned) = &plan.change_set_id else { return Ok(()) };
    match cloud.change_set(id)? {
        Some(other) if other.id != *planned => Err(DeployError::Outdated {
            stack: id.stack.clone(),
            reason: "somebody else has made its change set anew".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Writes down what is about to be executed. What was announced before under the same token is announced again.
fn announce(cloud: &dyn Look, id: &ChangeSetId, journal: &mut Journal<'_>) -> Result<Execution, DeployError> {
    let gone = || CloudError::refused("read the stack", &id.stack, "it was deleted after it was planned");
    let state = cloud.stack(&id.stack)?.ok_or_else(gone)?;
    let earlier = journal.pending(&id.stack).cloned();
    let earlier = earlier.filter(|earlier| earlier.stack_id == state.id && earlier.change_set == id.name);
    let execution = match earlier {
        Some(earlier) => earlier,
        None => {
            let after = cloud.events(&id.stack, None)?.pop().map(|event| event.id).unwrap_or_default();
            // A later execution of an equal change set starts from other events.
            let token = format!("tidegate-{:.32}", sha256(format!("{}{}{after}", state.id, id.name)));
            Execution { stack_id: state.id, change_set: id.name.clone(), token, after }
        }
    };
    journal.write(&id.stack, Step::Executing(execution.clone())).map_err(DeployError::Journal)?;
    Ok(execution)
}

fn execute(cloud: &dyn Cloud, id: &ChangeSetId, execution: &Execution) -> Result<(), CloudError> {
    match cloud.execute_change_set(id, &execution.token) {
        // The answer to an earlier call was lost, or somebody else has executed it meanwhile: then it is followed.
        Err(error)
            if ["InvalidChangeSetStatus", "ChangeSetNotFound"].iter().any(|code| error.has_code(code))
                && begun(cloud, execution)? =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Whether something happened to the stack itself after the execution was announced.
fn begun(cloud: &dyn Look, execution: &Execution) -> Result<bool, CloudError> {
    let events = cloud.events(&execution.stack_id, Some(&execution.after))?;
    Ok(events.iter().any(|event| event.physical_id == execution.stack_id))
}

/// Follows an execution, and writes its end down however it ends. When the way there is lost, nothing is written.
fn follow_to_end(
    cloud: &dyn Look,
    plan: &Plan,
    execution: &Execution,
    journal: &mut Journal<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<StackState, DeployError> {
    let outcome = follow(cloud, plan, &execution.stack_id, &execution.after, progress);
    let status = match &outcome {
        Ok(state) => state.status.clone(),
        Err(DeployError::Failed(failure)) => failure.status.clone(),
        Err(_) => return outcome,
    };
    journal.write(&plan.stack_name, Step::Ended(status)).map_err(DeployError::Journal)?;
    outcome
}

/// Follows the operation that was in progress when the plan was asked for.
pub(super) fn finish_earlier(
    cloud: &dyn Look,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<StackState>, DeployError> {
    let Some(state) = cloud.stack(&plan.stack_name)? else { return Ok(None) };
    progress(Progress::Following(state.status.clone()));
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
    follow(cloud, plan, &state.id, &last, progress).map(Some)
}

/// How often a stack that was there may not be found before it counts as deleted.
const MISSING: usize = 10;

/// Tells the events after `last` until the stack with this id is at rest.
pub(super) fn follow(
    cloud: &dyn Look,
    plan: &Plan,
    stack_id: &str,
    last: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<StackState, DeployError> {
    let mut last = last.to_owned();
    let mut first_failure: Option<Event> = None;
    let mut told: Option<String> = None;
    let mut missing = 0;
    let mut patience = Patience::new();
    loop {
        // The state is read before the events, so that no event of the end is missed; and by the id, to which also a
        // stack that is deleted on the way answers.
        let state = cloud.stack(stack_id)?;
        for event in cloud.events(stack_id, Some(&last))? {
            patience.renew();
            last.clone_from(&event.id);
            let of_this_stack = event.physical_id == stack_id;
            if of_this_stack {
                told = Some(event.status.clone());
            }
            if first_failure.is_none() && event.failed() && !event.cancelled() && !of_this_stack {
                first_failure = Some(event.clone());
            }
            let origin = plan.origin(&event.logical_id);
            progress(Progress::Event(event, origin));
        }
        let status = match state {
            // Until the events tell the state, it may be that of before the operation.
            Some(state) if state.in_progress() || told.as_ref() != Some(&state.status) => None,
            Some(state) if state.succeeded() => return Ok(state),
            Some(state) => Some(state.status),
            None => {
                missing += 1;
                let gone = told.as_deref() == Some("DELETE_COMPLETE") || missing > MISSING;
                gone.then(|| "DELETE_COMPLETE".to_owned())
            }
        };
        let Some(status) = status else {
            patience.pause(cloud);
            continue;
        };
        let origin = first_failure.as_ref().and_then(|event| plan.origin(&event.logical_id));
        let stack = plan.stack_name.clone();
        return Err(DeployError::Failed(Box::new(Failure { stack, status, event: first_failure, origin })));
    }
}
