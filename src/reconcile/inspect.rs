//! The live state of a deployment, looked at through the cloud: document, generated template, deployed template and
//! account, each compared with the next.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::carriers::{self, Carrier};
use super::class::Class;
use super::drift::{ResourceDrift, Seen, compare, escape};
use super::pending::{self, Side};
use super::resolve::Context;
use super::resolved::ResolvedResource;
use crate::cloud::{CloudError, Detected, DetectedStatus, Live, Look, Observation, StackState, Wanted};
use crate::desired::{Deployment, Origin, Stack, Value};
use crate::facts::resources;
use crate::source::SourceFile;
use crate::template;

/// A deployment and how its resources differ from the template.
#[derive(Debug)]
pub struct Inspection {
    /// `None`: it is not deployed.
    pub state: Option<StackState>,
    pub drifts: Vec<ResourceDrift>,
    /// What could not be done as it should, a sentence each.
    pub notes: Vec<String>,
    /// What was seen of each resource, by logical id: it holds the attributes that only the account knows.
    pub(super) attributes: IndexMap<String, Json>,
}

/// What is authored about a deployment.
#[derive(Clone, Copy, Debug)]
pub struct Authored<'a> {
    /// As the document asks for it.
    pub stack: &'a Stack,
    pub deployment: &'a Deployment,
    /// As the committed template says it; `None`: not looked at.
    pub committed: Option<&'a Stack>,
    /// The pipelines that deploy it.
    pub carriers: &'a [Carrier],
}

/// What is deployed: the template, and the values it was deployed with.
struct Deployed {
    stack: Stack,
    deployment: Deployment,
}

/// Looks at every resource of a deployment: how live differs from what was deployed, and that from `stack`.
///
/// # Errors
/// When the stack itself cannot be read. Resources that cannot be read are not checkable, with the reason.
pub fn inspect(cloud: &dyn Look, stack: &Stack, deployment: &Deployment) -> Result<Inspection, CloudError> {
    inspect_authored(cloud, &Authored { stack, deployment, committed: None, carriers: &[] })
}

/// The same, also against the committed template.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_authored(cloud: &dyn Look, authored: &Authored<'_>) -> Result<Inspection, CloudError> {
    let Authored { stack, deployment, .. } = authored;
    let name = deployment.stack_name.as_str();
    let state = cloud.stack(name)?.filter(|state| !state.only_reviewed());
    let resources = match &state {
        Some(_) => cloud.resources(name)?,
        None => Vec::new(),
    };
    let mut notes = Vec::new();
    let deployed = state.as_ref().and_then(|state| read_deployed(cloud, authored, state, &mut notes));
    let mut document = Context::new(stack, deployment, state.as_ref(), &resources);
    let lines = Lines::of(&document, &deployment.origin);
    let mut context = match &deployed {
        Some(deployed) => Context::new(&deployed.stack, &deployed.deployment, state.as_ref(), &resources),
        None => Context::new(stack, deployment, state.as_ref(), &resources),
    };
    let looked_at = lines.trace(context.resources());
    let seen = see(cloud, name, &looked_at);
    let seen_attributes = attributes(&looked_at, &seen);
    context.learn(seen_attributes.clone());
    document.learn(seen_attributes.clone());
    let mut drifts = compare(&lines.trace(context.resources()), &seen);
    if deployed.is_some() {
        let committed = authored.committed.map(|stack| {
            let mut committed = Context::new(stack, deployment, state.as_ref(), &resources);
            committed.learn(seen_attributes.clone());
            committed
        });
        let templates = Templates { document: &document, committed: committed.as_ref(), deployed: &context };
        templates.find_pending(&mut drifts, &lines);
        find_carried(cloud, authored.carriers, &mut drifts);
    }
    Ok(Inspection { state, drifts, notes, attributes: seen_attributes })
}

/// A template as a stack; `None` when it holds no resources, or a macro that is not AWS's makes others of them.
pub fn read_template(name: &str, text: String) -> Option<Stack> {
    let stack = template::lift(&SourceFile::new(name, text)).stack;
    (!stack.resources.is_empty() && !stack.has_own_macro()).then_some(stack)
}

/// The deployed template with the values of its parameters; `None` where it cannot be read, which is noted.
fn read_deployed(
    cloud: &dyn Look,
    authored: &Authored<'_>,
    state: &StackState,
    notes: &mut Vec<String>,
) -> Option<Deployed> {
    let name = &authored.deployment.stack_name;
    let text = match cloud.template(name) {
        Ok(text) => text,
        Err(error) => {
            notes.push(format!(
                "live is compared with the document and not with what is deployed: {}",
                error.with_hint()
            ));
            return None;
        }
    };
    let Some(stack) = read_template(&format!("the deployed template of {name}"), text) else {
        notes.push(format!("live is compared with the document: the deployed template of {name} cannot be read here"));
        return None;
    };
    let origin = &authored.deployment.origin;
    let parameters = state.parameters.iter();
    let parameters = parameters.map(|given| (given.name.clone(), Value::text(given.value.as_str(), origin))).collect();
    Some(Deployed { stack, deployment: Deployment { parameters, ..authored.deployment.clone() } })
}

/// The lines of the document, by logical id.
struct Lines<'a> {
    authored: IndexMap<String, ResolvedResource>,
    /// Of what the document does not mention.
    fallback: &'a Origin,
}

impl<'a> Lines<'a> {
    fn of(document: &Context<'_>, fallback: &'a Origin) -> Self {
        let resources = document.resources().into_iter();
        Self { authored: resources.map(|resource| (resource.logical_id.clone(), resource)).collect(), fallback }
    }

    /// Deployed resources with the lines that ask for them, in the order of the document.
    fn trace(&self, mut deployed: Vec<ResolvedResource>) -> Vec<ResolvedResource> {
        for resource in &mut deployed {
            match self.authored.get(&resource.logical_id) {
                Some(authored) => {
                    resource.thing.clone_from(&authored.thing);
                    resource.origin = authored.origin.clone();
                    resource.properties.trace(&authored.properties);
                }
                None => {
                    resource.origin = self.fallback.clone();
                    resource.properties.trace_to(self.fallback);
                }
            }
        }
        let place = |resource: &ResolvedResource| self.authored.get_index_of(&resource.logical_id);
        deployed.sort_by_key(|resource| place(resource).unwrap_or(usize::MAX));
        deployed
    }
}

/// What each resource is in each template.
struct Templates<'a> {
    document: &'a Context<'a>,
    committed: Option<&'a Context<'a>>,
    deployed: &'a Context<'a>,
}

impl Templates<'_> {
    /// Adds what the document asks for and is not deployed, and where it waits.
    fn find_pending(&self, drifts: &mut Vec<ResourceDrift>, lines: &Lines<'_>) {
        let contexts = [Some(self.document), self.committed, Some(self.deployed)];
        let mut ids: IndexMap<&str, ()> = IndexMap::new();
        ids.extend(contexts.into_iter().flatten().flat_map(|context| context.present()).map(|(id, _)| (id, ())));
        for id in ids.into_keys() {
            let authored = lines.authored.get(id);
            let of = |context| Side::of(context, id);
            let generated = self.committed.unwrap_or(self.document);
            let mut pending = Vec::new();
            if self.committed.is_some() {
                let stale = pending::between(of(self.document), of(generated), authored, lines.fallback);
                pending.extend(stale.into_iter().map(|found| found.of(Class::StaleRender)));
            }
            let waiting = pending::between(of(generated), of(self.deployed), authored, lines.fallback);
            pending.extend(waiting.into_iter().map(|found| found.of(Class::PendingDeploy)));
            if pending.is_empty() {
                continue;
            }
            match (drifts.iter_mut().find(|drift| drift.logical_id == id), authored) {
                (Some(drift), _) => drift.pending = pending,
                (None, Some(authored)) => drifts.push(ResourceDrift { pending, ..ResourceDrift::new(authored) }),
                (None, None) => {}
            }
        }
    }
}

/// What waits for a deployment may be on its way in a pipeline.
fn find_carried(cloud: &dyn Look, carriers: &[Carrier], drifts: &mut [ResourceDrift]) {
    let pending = drifts.iter_mut().flat_map(|drift| &mut drift.pending);
    let mut waiting = pending.filter(|pending| pending.class == Class::PendingDeploy).peekable();
    if waiting.peek().is_none() {
        return;
    }
    if let Some(way) = carriers::on_its_way(cloud, carriers) {
        waiting.for_each(|pending| pending.class = Class::InPipeline(way.clone()));
    }
}

/// What was seen of each resource, which holds its attributes.
fn attributes(resources: &[ResolvedResource], seen: &[Seen]) -> IndexMap<String, Json> {
    let live = resources.iter().zip(seen).filter_map(|(resource, seen)| match &seen.observation {
        Observation::Live(live) => Some((resource.logical_id.clone(), live.properties.clone())),
        _ => None,
    });
    live.collect()
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
