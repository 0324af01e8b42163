//! Taking back, in the account. What is done does not depend on what an earlier run did: cut off anywhere and run again,
//! it looks and goes on.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::decide::{Target, identifier, next};
use super::fill::with_answer;
use super::{Decision, Does, Filled, Item, Refused, Step, Tried, Way};
use crate::cloud::{Cloud, CloudError, Look, Propose};
use crate::desired::Value;
use crate::reconcile::apply::{self, DeployError, apply};
use crate::reconcile::deploy::{Plan, Request, discard, plan};
use crate::reconcile::drift::{Difference, Outcome, ResourceDrift};
use crate::reconcile::inspect::{Inspection, inspect};
use crate::reconcile::journal::Journal;
use crate::reconcile::patience::Patience;
use crate::reconcile::resolve::Context;
use crate::reconcile::resolved::ResolvedResource;

/// How often a service is asked whether it is done.
const LOOKS: usize = 300;

/// What is going to be done; nothing has changed so far but that a change set may have been made.
#[derive(Debug)]
pub struct Prepared {
    pub decision: Decision,
    /// That of the step by change set.
    pub plan: Option<Plan>,
    /// Why there is none where one was thinkable.
    pub without_change_set: Option<String>,
    tried: Tried,
    change_sets: bool,
    chosen: Chosen,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Reverted {
    /// What still differs though it was to be taken back.
    pub left: Vec<Item>,
    /// Each with what was said.
    pub failed: Vec<(Vec<Item>, String)>,
    pub refused: Vec<Refused>,
    /// Each item with the ways that were taken for it.
    pub taken: Vec<(Item, Way)>,
}

/// What happens, for a person who waits.
#[derive(Debug)]
pub enum Reverting<'a> {
    Deploying(apply::Progress),
    Step(&'a Step),
}

/// What is to be taken back; it is found again after a first try has moved the items of a list.
#[derive(Clone, Debug, Default)]
struct Chosen {
    wholes: BTreeSet<(String, String)>,
    /// Of the same property, but to stay.
    stay: Vec<(String, Option<Json>, Option<Json>)>,
}

impl Chosen {
    fn new(drifts: &[ResourceDrift], chosen: &dyn Fn(&Item) -> bool) -> Self {
        let mut all = Self::default();
        for drift in drifts {
            let whole = Item::of(drift, None);
            if drift.outcome == Outcome::Deleted && chosen(&whole) {
                all.wholes.insert(whole.whole());
            }
            for difference in &drift.differences {
                let item = Item::of(drift, Some(difference));
                match chosen(&item) {
                    true => drop(all.wholes.insert(item.whole())),
                    false => all.stay.push(values(drift, difference)),
                }
            }
        }
        all
    }

    fn items(&self, drifts: &[ResourceDrift]) -> BTreeSet<Item> {
        let mut items = BTreeSet::new();
        for drift in drifts {
            let whole = Item::of(drift, None);
            if drift.outcome == Outcome::Deleted && self.wholes.contains(&whole.whole()) {
                items.insert(whole);
            }
            let differences =
                drift.differences.iter().filter(|difference| !self.stay.contains(&values(drift, difference)));
            let here = differences.map(|difference| Item::of(drift, Some(difference)));
            items.extend(here.filter(|item| self.wholes.contains(&item.whole())));
        }
        items
    }
}

fn values(drift: &ResourceDrift, difference: &Difference) -> (String, Option<Json>, Option<Json>) {
    let path = difference.path.split(['.', '[']).next().unwrap_or_default();
    (format!("{}/{path}", drift.logical_id), difference.wanted.clone(), difference.live.clone())
}

/// Says what would be done about the drifts of `inspection` that are chosen. If a change set may do it, one is made and
/// read; it is used only if it touches nothing else.
///
/// # Errors
/// When AWS refuses to tell, or when the stack is in a state that cannot be updated.
pub fn prepare(
    cloud: &dyn Propose,
    request: &Request<'_>,
    inspection: &Inspection,
    chosen: &dyn Fn(&Item) -> bool,
    progress: &mut dyn FnMut(Reverting<'_>),
) -> Result<Prepared, DeployError> {
    let mut prepared = Prepared {
        decision: Decision::default(),
        plan: None,
        without_change_set: None,
        tried: Tried::new(),
        change_sets: true,
        chosen: Chosen::new(&inspection.drifts, chosen),
    };
    prepared.decide(cloud, request, inspection, progress)?;
    Ok(prepared)
}

/// Does what was prepared, looks again, and tries the next way for what is left. `danger`: also what needs its word.
///
/// # Errors
/// When the change set fails or the stack cannot be read; what a service refuses is told in the result.
pub fn revert(
    cloud: &dyn Cloud,
    request: &Request<'_>,
    mut prepared: Prepared,
    danger: bool,
    journal: &mut Journal<'_>,
    progress: &mut dyn FnMut(Reverting<'_>),
) -> Result<Reverted, DeployError> {
    let mut failed = Vec::new();
    let mut taken = Vec::new();
    let impossible: Vec<Item> = prepared.decision.refused.iter().map(|refused| refused.item.clone()).collect();
    loop {
        let decision = std::mem::take(&mut prepared.decision);
        let plan = prepared.plan.take();
        let mut acted = false;
        for step in &decision.steps {
            prepared.used(step);
            if !danger && !step.dangers.is_empty() {
                failed.push((step.items.clone(), format!("it {}, which needs its word", step.dangers.join(", "))));
                continue;
            }
            acted = true;
            progress(Reverting::Step(step));
            match (&step.does, &plan) {
                (Does::ChangeSet, Some(plan)) => {
                    apply(cloud, plan, journal, &mut |happening| progress(Reverting::Deploying(happening)))?;
                }
                (Does::ChangeSet, None) => continue,
                (Does::Control { identifier, patch }, _) => {
                    if let Err(error) = cloud.update_resource(&step.resource_type, identifier, patch, request.role) {
                        failed.push((step.items.clone(), error.with_hint()));
                        continue;
                    }
                }
                (Does::Repair(calls), _) => {
                    if let Err(error) = repair(cloud, calls) {
                        failed.push((step.items.clone(), error.with_hint()));
                        continue;
                    }
                }
            }
            taken.extend(step.items.iter().map(|item| (item.clone(), step.does.way())));
        }
        let inspection = inspect(cloud, request.stack, request.deployment)?;
        let left = prepared.chosen.items(&inspection.drifts);
        if left.is_empty() || !acted {
            let refused = decision.refused;
            // What was never possible was said before.
            let left: BTreeSet<Item> = left.into_iter().filter(|item| !impossible.contains(item)).collect();
            return Ok(Reverted { left: left.into_iter().collect(), failed, refused, taken });
        }
        prepared.decide(cloud, request, &inspection, progress)?;
    }
}

impl Prepared {
    /// Why a person should say yes first, each with its resource.
    pub fn dangers(&self) -> Vec<(String, String)> {
        let mut dangers = Vec::new();
        for step in &self.decision.steps {
            let id = step.logical_id.clone().unwrap_or_default();
            dangers.extend(step.dangers.iter().map(|danger| (id.clone(), danger.clone())));
        }
        dangers
    }

    fn used(&mut self, step: &Step) {
        for item in &step.items {
            self.tried.entry(item.whole()).or_default().insert(step.does.way());
        }
    }

    fn decide(
        &mut self,
        cloud: &dyn Propose,
        request: &Request<'_>,
        inspection: &Inspection,
        progress: &mut dyn FnMut(Reverting<'_>),
    ) -> Result<(), DeployError> {
        let wanted = wanted(cloud, request, inspection)?;
        let targets: Vec<Target<'_>> =
            wanted.iter().map(|(resource, identifier)| Target { resource, identifier: identifier.clone() }).collect();
        let items = self.chosen.items(&inspection.drifts);
        loop {
            let chosen = |item: &Item| items.contains(item);
            self.decision = next(&targets, &inspection.drifts, &chosen, &self.tried, self.change_sets);
            let Some(step) = self.decision.steps.first().filter(|step| matches!(step.does, Does::ChangeSet)) else {
                return Ok(());
            };
            let step = step.clone();
            let request = Request { revert_drift: true, ..*request };
            let plan = plan(cloud, &request, &mut |happening| progress(Reverting::Deploying(happening)))?;
            let of_step = |id: &str| step.items.iter().any(|item| item.logical_id == id);
            let stranger = plan.changes.iter().find(|planned| !of_step(&planned.change.logical_id));
            if let Some(stranger) = stranger {
                self.without_change_set = Some(format!(
                    "a change set would also change `{}`, which is not to be taken back: it waits for a deployment",
                    stranger.change.logical_id
                ));
                self.change_sets = false;
                discard(cloud, &plan)?;
                continue;
            }
            let seen = |item: &&Item| plan.changes.iter().any(|planned| planned.change.logical_id == item.logical_id);
            let unseen: Vec<Item> = step.items.iter().filter(|item| !seen(item)).cloned().collect();
            if unseen.is_empty() {
                self.plan = Some(plan);
                return Ok(());
            }
            // CloudFormation does not see them: they are taken back one by one.
            for item in &unseen {
                self.tried.entry(item.whole()).or_default().insert(Way::ChangeSet);
            }
            if unseen.len() == step.items.len() {
                discard(cloud, &plan)?;
            }
        }
    }
}

/// Every resource as it is wanted, with Cloud Control's identifier.
fn wanted(
    cloud: &dyn Look,
    request: &Request<'_>,
    inspection: &Inspection,
) -> Result<Vec<(ResolvedResource, Option<String>)>, CloudError> {
    let Request { stack, deployment, .. } = *request;
    let state = inspection.state.as_ref();
    let resources = match state {
        Some(_) => cloud.resources(&deployment.stack_name)?,
        None => Vec::new(),
    };
    let mut context = Context::new(stack, deployment, state, &resources);
    context.learn(inspection.attributes.clone());
    let with_identifier = |resource: ResolvedResource| {
        let attribute = |name: &str| {
            let value = Value::get_att(resource.logical_id.clone(), name, &resource.origin);
            context.value(&value)?.to_json()?.as_str().map(str::to_owned)
        };
        let identifier = identifier(&resource, &attribute);
        (resource, identifier)
    };
    Ok(context.resources().into_iter().map(with_identifier).collect())
}

fn repair(cloud: &dyn Cloud, calls: &[Filled]) -> Result<(), CloudError> {
    let mut answer = json!({});
    for filled in calls {
        let mut call = filled.call.clone();
        call.input = with_answer(&call.input, &answer);
        answer = match &filled.pattern.until {
            None => cloud.call(&call)?,
            Some((at, is)) => {
                let mut patience = Patience::new();
                let mut looks = 0;
                loop {
                    let answer = cloud.call(&call)?;
                    let state = answer.pointer(at).and_then(Json::as_str).unwrap_or_default();
                    if is.iter().any(|wanted| wanted == state) {
                        break answer;
                    }
                    looks += 1;
                    if looks == LOOKS {
                        let message = format!("it is still {state}; run the command again later");
                        return Err(CloudError::refused("wait for the service after", call.operation, message));
                    }
                    patience.pause(cloud);
                }
            }
        };
    }
    Ok(())
}
