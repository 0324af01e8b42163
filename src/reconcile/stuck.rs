//! States of stacks that CloudFormation does not leave by itself, and the next step out of each.
//!
//! CloudFormation user guide, stack status codes, and troubleshooting. Read 2026-11-21.

use super::apply::{DeployError, Progress, follow};
use super::deploy::Plan;
use crate::cloud::{Cloud, StackResource, StackState};
use crate::facts::lifecycle;
use crate::source::sha256;

/// After so long without an event an operation is worth a look: few resources take longer to be made.
/// Our own judgement; CloudFormation itself waits for up to 12 hours and longer, by the resource.
pub const LONG: u64 = 3600;

/// What is wrong with a stack, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// What the state means.
    pub means: String,
    /// What to do, in the imperative.
    pub next: String,
    /// What goes, or stays behind, by doing so.
    pub loses: Vec<String>,
    /// What the program can do itself.
    pub remedy: Option<Remedy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Delete the stack but for these resources; its termination protection goes first.
    Delete {
        retain: Vec<String>,
    },
    ContinueRollback {
        skip: Vec<String>,
    },
}

/// What is wrong with a stack in this state; `None` for a state in which it can be deployed to. `quiet` are the seconds
/// since its newest event.
pub fn stuck(state: &StackState, resources: &[StackResource], quiet: u64) -> Option<Stuck> {
    let failed: Vec<&StackResource> = resources.iter().filter(|it| it.status.ends_with("_FAILED")).collect();
    let names = |found: &[&StackResource]| {
        found.iter().map(|it| format!("{} ({})", it.logical_id, it.resource_type)).collect::<Vec<_>>().join(", ")
    };
    let none =
        |means: &str, next: String| Some(Stuck { means: means.to_owned(), next, loses: Vec::new(), remedy: None });
    match state.status.as_str() {
        "ROLLBACK_COMPLETE" => Some(delete(
            "its creation failed and was rolled back; CloudFormation does not update such a stack",
            resources,
            Vec::new(),
        )),
        "ROLLBACK_FAILED" => {
            Some(delete("its creation failed, and what was made of it could not all be deleted", resources, Vec::new()))
        }
        "CREATE_FAILED" => Some(delete("its creation failed and was not rolled back", resources, Vec::new())),
        "DELETE_FAILED" => {
            let kept: Vec<String> =
                resources.iter().filter(|it| it.status == "DELETE_FAILED").map(|it| it.logical_id.clone()).collect();
            Some(delete("its deletion failed", resources, kept))
        }
        "UPDATE_ROLLBACK_FAILED" => {
            let skippable = names(&failed);
            Some(Stuck {
                means: format!("an update failed, and so did its rollback{}", of(&skippable)),
                next: "mend what its events name, then let the rollback go on; a resource that cannot be mended is left out \
                       with `--skip LOGICAL_ID`, and is then not as its template says"
                    .to_owned(),
                loses: Vec::new(),
                remedy: Some(Remedy::ContinueRollback { skip: Vec::new() }),
            })
        }
        "UPDATE_FAILED" => none(
            "an update failed and was not rolled back, as whoever began it had asked",
            "deploy again, or take it back with `aws cloudformation rollback-stack`".to_owned(),
        ),
        "IMPORT_ROLLBACK_FAILED" => none(
            "an import of resources failed, and so did its rollback",
            "read its events; what was to be imported still exists, and is in no stack".to_owned(),
        ),
        "REVIEW_IN_PROGRESS" => Some(Stuck {
            means: "only a change set was made: there are no resources yet".to_owned(),
            next: "deploy it, or delete it when nobody wants it".to_owned(),
            loses: vec!["change sets that wait to be executed, also those of saved plans".to_owned()],
            remedy: Some(Remedy::Delete { retain: Vec::new() }),
        }),
        status if state.in_progress() && quiet >= LONG => none(
            &format!("nothing has happened for {} minutes", quiet / 60),
            if status == "UPDATE_IN_PROGRESS" {
                "look at the resource that its events name last; `aws cloudformation cancel-update-stack` takes the update \
                 back"
                    .to_owned()
            } else {
                "look at the resource that its events name last; CloudFormation ends the operation when its time is over"
                    .to_owned()
            },
        ),
        _ => None,
    }
}

fn of(names: &str) -> String {
    if names.is_empty() { String::new() } else { format!(": {names}") }
}

fn delete(means: &str, resources: &[StackResource], retain: Vec<String>) -> Stuck {
    let there = resources.iter().filter(|it| !it.physical_id.is_empty() && it.status != "DELETE_COMPLETE");
    let mut loses = Vec::new();
    for resource in there {
        let name = format!("{} ({}, {})", resource.logical_id, resource.resource_type, resource.physical_id);
        if retain.contains(&resource.logical_id) {
            loses.push(format!("{name} stays, and is in no stack any more"));
        } else if let Some(held) = lifecycle::holds(&resource.resource_type) {
            loses.push(format!("{name} goes, and {held} with it, unless its deletion policy keeps it"));
        }
    }
    let next = match retain.as_slice() {
        [] => "delete it, then deploy again".to_owned(),
        _ => "mend what keeps its resources, or delete it without them, then deploy again".to_owned(),
    };
    Stuck { means: means.to_owned(), next, loses, remedy: Some(Remedy::Delete { retain }) }
}

/// Does what helps, and follows it to its end; with the stack's status there.
///
/// # Errors
/// When AWS refuses, or when the stack ends in another state than it should.
pub fn cure(
    cloud: &dyn Cloud,
    plan: &Plan,
    state: &StackState,
    remedy: &Remedy,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, DeployError> {
    let last = cloud.events(&state.id, None)?.pop().map(|event| event.id).unwrap_or_default();
    let token = format!("tidegate-{:.32}", sha256(format!("{}{last}{remedy:?}", state.id)));
    let wanted = match remedy {
        Remedy::Delete { retain } => {
            if state.protected {
                cloud.set_termination_protection(&plan.stack_name, false)?;
                progress(Progress::Protection(false));
            }
            cloud.delete_stack(&plan.stack_name, retain, &token)?;
            "DELETE_COMPLETE"
        }
        Remedy::ContinueRollback { skip } => {
            cloud.continue_rollback(&plan.stack_name, skip, &token)?;
            "UPDATE_ROLLBACK_COMPLETE"
        }
    };
    match follow(cloud, plan, &state.id, &last, progress) {
        Ok(state) => Ok(state.status),
        Err(DeployError::Failed(failure)) if failure.status == wanted => Ok(failure.status),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
