//! What has to happen next, from an empty account on: code must exist before an application, and a connection needs a
//! person.

use std::collections::BTreeSet;

use super::Failure;
use super::account::{Place, Session, failed};
use crate::cloud::{Look, StackState};

/// The next steps after a deployment of the stack `place`.
pub(super) fn steps(session: &Session, place: &str) -> Result<String, Failure> {
    let mut steps = Vec::new();
    for place in session.places(Some(place))? {
        let name = &place.deployment.stack_name;
        let state = place.account.stack(name).map_err(|error| failed(&error))?.filter(|state| !state.only_reviewed());
        steps.extend(of_place(&place, state.as_ref())?);
        steps.extend(beside(session, &place)?);
    }
    Ok(match steps.as_slice() {
        [] => "next: nothing; a push to a repository starts its pipelines".to_owned(),
        steps => steps.iter().map(|step| format!("next: {step}")).collect::<Vec<_>>().join("\n"),
    })
}

/// What pipelines need in other accounts and Regions before they can act there.
fn beside(session: &Session, place: &Place<'_>) -> Result<Vec<String>, Failure> {
    let Some(model) = &session.build.model else { return Ok(Vec::new()) };
    if place.deployment.stack_name != model.delivery_stack_name() {
        return Ok(Vec::new());
    }
    let access: BTreeSet<String> = model.all_apart().map(|apart| model.access_name(apart.name)).collect();
    let mut steps = Vec::new();
    for (_, deployment) in session.deployments().into_iter().filter(|(_, it)| access.contains(&it.environment)) {
        if deployment.account != place.deployment.account {
            steps.push(format!(
                "`tidegate deploy {}` with credentials of account {} lets the pipelines in there, if it was not done",
                deployment.environment, deployment.account
            ));
            continue;
        }
        for near in session.places(Some(&deployment.environment))? {
            let state = near.account.stack(&deployment.stack_name).map_err(|error| failed(&error))?;
            steps.extend(of_place(&near, state.filter(|state| !state.only_reviewed()).as_ref())?);
        }
    }
    Ok(steps)
}

/// What one stack waits for.
pub(super) fn of_place(place: &Place<'_>, state: Option<&StackState>) -> Result<Vec<String>, Failure> {
    let (stack, deployment) = (place.stack, place.deployment);
    if state.is_none() {
        return Ok(vec![format!("`tidegate deploy {}` makes this stack", deployment.environment)]);
    }
    let mut steps: Vec<String> = stack.resources.values().filter_map(|resource| resource.by_hand.clone()).collect();
    let made = place.account.resources(&deployment.stack_name).map_err(|error| failed(&error))?;
    let waiting: BTreeSet<&str> = stack
        .resources
        .iter()
        .filter(|(id, resource)| resource.condition.is_some() && made.iter().all(|made| made.logical_id != **id))
        .map(|(_, resource)| resource.thing.as_str())
        .collect();
    steps.extend(waiting.into_iter().map(|thing| {
        format!("`{thing}` waits for its first release, because its code must be there before it: push the code, and approve")
    }));
    Ok(steps)
}
