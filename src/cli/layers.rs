//! Stacks by life cycle in an account: which comes first, and which layout is there.
//!
//! What is kept comes first when something is added or changed, because the other stack reads what it writes down. It
//! comes last when things only go, so that nothing goes that is still used. Neither order can lock a deployment: no stack
//! exports anything, and what cannot be deleted yet is left behind when CloudFormation cleans up after an update that
//! has succeeded.

use super::Failure;
use super::account::{Place, Session, deployment_failed, failed};
use super::plan::{refused, tell};
use crate::cloud::{ChangeAction, Look};
use crate::desired::Stack;
use crate::reconcile;

const DATA: &str = "data";
const APPLICATION: &str = "application";
const PASSED_BY: &str = "AWS::SSM::Parameter";

/// The places of a deployment in their order.
pub(super) fn in_order<'a>(session: &Session, mut places: Vec<Place<'a>>) -> Result<Vec<Place<'a>>, Failure> {
    let [data, application] = places.as_slice() else { return Ok(places) };
    if data.stack.role != DATA || application.stack.role != APPLICATION {
        return Ok(places);
    }
    let state = data.account.stack(&data.deployment.stack_name).map_err(|error| failed(&error))?;
    if state.is_some_and(|state| !state.only_reviewed()) && only_removes(session, data)? {
        places.reverse();
    }
    Ok(places)
}

fn only_removes(session: &Session, place: &Place<'_>) -> Result<bool, Failure> {
    let lent = session.lent(place)?;
    let template = session.template(place.stack);
    let request = place.request(&template, &lent);
    let plan = reconcile::plan(&place.account, &request, &mut tell).map_err(|error| deployment_failed(&error))?;
    let removes = plan.changes.iter().filter(|planned| planned.change.action == ChangeAction::Remove).count();
    reconcile::discard(&place.account, &plan).map_err(|error| failed(&error))?;
    Ok(removes > 0 && removes == plan.changes.len())
}

/// The stack that must be deployed before this one can be planned, because it does not give all that this one reads.
pub(super) fn awaited(session: &Session, place: &Place<'_>) -> Result<Option<String>, Failure> {
    if place.stack.role != APPLICATION {
        return Ok(None);
    }
    let deployments = session.deployments();
    let data = deployments
        .iter()
        .find(|(stack, deployment)| stack.role == DATA && deployment.environment == place.deployment.environment);
    let Some((stack, deployment)) = data else { return Ok(None) };
    let made = deployed(place, &deployment.stack_name)?;
    let passed = stack.resources.iter().filter(|(_, resource)| resource.resource_type == PASSED_BY);
    let missing = passed.map(|(id, _)| id).any(|id| !made.contains(id));
    Ok(missing.then(|| deployment.stack_name.clone()))
}

/// Refuses to deploy resources into one stack while another holds them: CloudFormation would make them a second time,
/// under names that are taken, and delete the first.
pub(super) fn refuse_other_layout(place: &Place<'_>) -> Result<(), Failure> {
    let own = &place.deployment.stack_name;
    let other = match &*place.stack.role {
        DATA => own.strip_suffix(&format!("-{DATA}")).unwrap_or(own).to_owned(),
        APPLICATION => format!("{own}-{DATA}"),
        _ => return Ok(()),
    };
    let there = deployed(place, &other)?;
    let Some(id) = moving(place.stack, &there) else { return Ok(()) };
    let layout = if place.stack.role == DATA { "one" } else { "by-life-cycle" };
    Err(refused(format!(
        "{id} is in the stack {other}, and this document puts it into {own}: a deployment does not move resources\n  \
         help: write `stacks: {layout}` as it was when {other} was deployed; to change the layout, remove the stacks of \
         this environment first, or move the resources by a stack refactoring of CloudFormation"
    )))
}

/// A resource that is deployed elsewhere.
fn moving<'a>(stack: &'a Stack, elsewhere: &[String]) -> Option<&'a String> {
    stack.resources.keys().find(|id| elsewhere.contains(id))
}

/// The logical ids in a stack of the same account; none when it is not there.
fn deployed(place: &Place<'_>, stack: &str) -> Result<Vec<String>, Failure> {
    let state = place.account.stack(stack).map_err(|error| failed(&error))?;
    if state.is_none_or(|state| state.only_reviewed()) {
        return Ok(Vec::new());
    }
    let resources = place.account.resources(stack).map_err(|error| failed(&error))?;
    let there = resources.into_iter().filter(|resource| resource.status != "DELETE_COMPLETE");
    Ok(there.map(|resource| resource.logical_id).collect())
}
