//! The live state of a deployment, looked at through the cloud.

use super::drift::{ResourceDrift, Seen, compare, escape};
use super::resolve::{Context, ResolvedResource};
use crate::cloud::{CloudError, Detected, DetectedStatus, Live, Look, Observation, StackState, Wanted};
use crate::desired::{Deployment, Stack};
use crate::facts::resources;

/// A deployment and how its resources differ from the template.
#[derive(Debug)]
pub struct Inspection {
    /// `None`: it is not deployed.
    pub state: Option<StackState>,
    pub drifts: Vec<ResourceDrift>,
}

/// Looks at every resource of a deployment and compares it with `stack`.
///
/// # Errors
/// When the stack itself cannot be read. Resources that cannot be read are not checkable, with the reason.
pub fn inspect(cloud: &dyn Look, stack: &Stack, deployment: &Deployment) -> Result<Inspection, CloudError> {
    let name = deployment.stack_name.as_str();
    let state = cloud.stack(name)?.filter(|state| !state.only_reviewed());
    let resources = match &state {
        Some(_) => cloud.resources(name)?,
        None => Vec::new(),
    };
    let deployed = Context::new(stack, deployment, state.as_ref(), &resources).resources();
    let seen = see(cloud, name, &deployed);
    Ok(Inspection { drifts: compare(&deployed, &seen), state })
}

/// Readers first; CloudFormation's detection takes longer and is asked only for what no reader covers.
fn see(cloud: &dyn Look, stack: &str, deployed: &[ResolvedResource]) -> Vec<Seen> {
    let present: Vec<&ResolvedResource> = deployed.iter().filter(|resource| resource.physical_id.is_some()).collect();
    let wanted: Vec<Wanted> = present
        .iter()
        .map(|resource| Wanted {
            logical_id: resource.logical_id.clone(),
            resource_type: resource.resource_type.clone(),
            physical_id: resource.physical_id.clone().unwrap_or_default(),
            properties: resource.properties.known_json(),
        })
        .collect();
    let mut observations = cloud.observe(&wanted).into_iter();
    let mut seen: Vec<Seen> = deployed
        .iter()
        .map(|resource| {
            let observation = resource.physical_id.as_ref().and_then(|_| observations.next());
            let nothing = || Observation::Unread("it is not deployed".to_owned());
            Seen { observation: observation.unwrap_or_else(nothing), detected: None }
        })
        .collect();
    let open: Vec<usize> = (0..deployed.len()).filter(|index| open(&deployed[*index], &seen[*index])).collect();
    if open.is_empty() {
        return seen;
    }
    let detected = cloud.detect_drift(stack);
    for index in open {
        seen[index].detected = Some(detection(&deployed[index], &detected));
    }
    seen
}

/// Whether CloudFormation could say more about the resource than was seen.
fn open(resource: &ResolvedResource, seen: &Seen) -> bool {
    let facts = resources::get(&resource.resource_type);
    let readable = facts.is_none_or(|facts| facts.readable);
    let write_only = facts.map(|facts| facts.write_only.as_slice()).unwrap_or_default();
    let uncovered = |live: &Live| {
        let properties = resource.properties.known_json();
        let known = |name: &String| {
            let pointer = format!("/{}", escape(name));
            let unread = live.unread.iter().any(|(unread, _)| *unread == pointer);
            unread || live.covers.contains(name) || resources::covers(write_only, &pointer)
        };
        !properties.as_object().is_none_or(|properties| properties.keys().all(known))
    };
    readable
        && resource.physical_id.is_some()
        && match &seen.observation {
            Observation::Live(live) => uncovered(live),
            Observation::Unread(_) | Observation::NoReader => true,
            Observation::Missing => false,
        }
}

fn detection(resource: &ResolvedResource, detected: &Result<Vec<Detected>, CloudError>) -> Detected {
    let not_checked = |reason: String| Detected {
        logical_id: resource.logical_id.clone(),
        status: DetectedStatus::NotChecked(reason),
        differences: Vec::new(),
    };
    match detected {
        Ok(detected) => {
            detected.iter().find(|detected| detected.logical_id == resource.logical_id).cloned().unwrap_or_else(|| {
                not_checked(format!("CloudFormation did not check this `{}`", resource.resource_type))
            })
        }
        Err(error) => not_checked(error.with_hint()),
    }
}
