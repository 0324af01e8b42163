//! From a template to a change set that a person can judge: nothing is executed here.

use std::fmt;

use super::apply::{DeployError, Progress, finish_earlier};
use super::patience::Patience;
use super::stuck::{Remedy, stuck};
use super::substitute;
use crate::cloud::{
    Change, ChangeAction, ChangeSet, ChangeSetId, ChangeSetRequest, ChangeSetState, CloudError, Propose, Replacement,
    StackKind, StackState, verify_account,
};
use crate::desired::{Deployment, Origin, Resource, Stack, Value};
use crate::facts::{lifecycle, resources};
use crate::source::sha256;

/// What the names of our change sets begin with.
const CHANGE_SETS: &str = "tidegate-";

/// Whether a change set is one of ours, and not of a pipeline or a person.
pub fn is_own(id: &ChangeSetId) -> bool {
    id.name.starts_with(CHANGE_SETS)
}

/// What is to be deployed where.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub stack: &'a Stack,
    pub deployment: &'a Deployment,
    /// The printed template.
    pub template: &'a str,
    /// Also undo what was changed outside of CloudFormation, as far as it can: not where it has no reader, and not
    /// properties that AWS never returns.
    pub revert_drift: bool,
    /// For templates that are too long to send.
    pub bucket: Option<&'a str>,
    /// ARN of the service role that CloudFormation is to use.
    pub role: Option<&'a str>,
}

/// What deploying would do.
#[derive(Clone, Debug)]
pub struct Plan {
    pub stack_name: String,
    /// Twelve digits.
    pub account: String,
    /// The stack does not exist yet.
    pub creates: bool,
    /// `None`: there is nothing to execute.
    pub change_set: Option<ChangeSetId>,
    /// The ARN of the change set.
    pub change_set_id: Option<String>,
    pub changes: Vec<PlannedChange>,
    /// The termination protection to set, if it is not so already.
    pub protection: Option<bool>,
    /// The change set was there before, made by somebody who may still want it.
    pub found: bool,
    /// Of the template as it is sent.
    pub template_digest: String,
    /// As they are sent.
    pub parameters: Vec<(String, String)>,
    /// Of the resources, by logical id.
    pub(super) origins: Vec<(String, Origin)>,
}

/// A change to one resource and what it means.
#[derive(Clone, Debug)]
pub struct PlannedChange {
    pub change: Change,
    pub dangers: Vec<Danger>,
    /// The authored thing; `None` when the template no longer has the resource.
    pub origin: Option<Origin>,
    /// Of the authored values, one for each of the change's details.
    pub details: Vec<Option<Origin>>,
    /// What else there is to know, and no danger.
    pub notes: Vec<String>,
    /// What a review found: the kind of each effect, and its text.
    pub effects: Vec<(&'static str, String)>,
}

/// Why a person should say yes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Danger {
    Removed,
    Replaced,
    MayBeReplaced,
    /// It has a name of its own that does not change, so CloudFormation refuses to make a new one beside it.
    NameTaken,
    /// What is lost, e.g. `the bucket's objects`.
    Loses(String),
    /// What happens to what stays, e.g. `changes permissions`.
    Touches(String),
}

/// In one line, after the name of the resource.
impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Danger::Removed => f.write_str("is removed"),
            Danger::Replaced => f.write_str("is replaced by a new one"),
            Danger::MayBeReplaced => f.write_str("may be replaced by a new one"),
            Danger::NameTaken => f.write_str(
                "CloudFormation refuses this, because the new one would have the name of the old: rename it in the \
                 document, or undo the change",
            ),
            Danger::Loses(what) => write!(f, "loses {what}"),
            Danger::Touches(what) => f.write_str(what),
        }
    }
}

impl Plan {
    /// Without anything to do.
    pub fn begun(request: &Request<'_>) -> Self {
        let deployment = request.deployment;
        let parameters = deployment.parameters.iter();
        let origins = request.stack.resources.iter();
        Self {
            stack_name: deployment.stack_name.clone(),
            account: deployment.account.clone(),
            creates: false,
            change_set: None,
            change_set_id: None,
            changes: Vec::new(),
            protection: None,
            found: false,
            template_digest: sha256(request.template),
            parameters: parameters.map(|(name, value)| (name.clone(), parameter_text(value))).collect(),
            origins: origins.map(|(id, resource)| (id.clone(), resource.origin.clone())).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.change_set.is_none() && self.protection.is_none()
    }

    /// The changes that need a word of consent.
    pub fn dangerous(&self) -> impl Iterator<Item = &PlannedChange> {
        self.changes.iter().filter(|planned| !planned.dangers.is_empty())
    }

    pub(super) fn origin(&self, logical_id: &str) -> Option<Origin> {
        self.origins.iter().find(|(id, _)| id == logical_id).map(|(_, origin)| origin.clone())
    }
}

/// Makes or finds the change set for a deployment and describes it. An operation that is in progress on the stack is
/// followed to its end first. A change set with the same content that an earlier run left behind is used again.
///
/// # Errors
/// When the credentials are of another account, when the stack is in a state that cannot be deployed to, when the
/// operation in progress failed, or when AWS refuses.
pub fn plan(
    cloud: &dyn Propose,
    request: &Request<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Plan, DeployError> {
    verify_account(cloud, &request.deployment.account)?;
    let deployment = request.deployment;
    let mut plan = Plan::begun(request);
    let mut state = cloud.stack(&plan.stack_name)?;
    if state.as_ref().is_some_and(StackState::in_progress) {
        state = finish_earlier(cloud, &plan, progress)?;
    }
    refuse_stuck(state.as_ref(), &plan.stack_name)?;
    let existing = state.as_ref().filter(|state| !state.only_reviewed());
    plan.creates = existing.is_none();
    let protected = existing.is_some_and(|state| state.protected);
    plan.protection = (protected != deployment.protected).then_some(deployment.protected);

    let request = change_set_request(request, plan.creates);
    let (change_set, found) = prepare(cloud, &request, progress)?;
    plan.found = found;
    match change_set.state {
        ChangeSetState::Ready | ChangeSetState::Pending => {
            plan.change_set = Some(request.request.id.clone());
            plan.change_set_id = Some(change_set.id);
        }
        ChangeSetState::Empty => {
            cloud.delete_change_set(&request.request.id)?;
            return Ok(plan);
        }
        ChangeSetState::Failed(reason) => {
            cloud.delete_change_set(&request.request.id)?;
            return Err(DeployError::Rejected { stack: plan.stack_name, reason });
        }
    }
    plan.changes = change_set.changes.into_iter().map(|change| judge(request.stack, change)).collect();
    Ok(plan)
}

/// Throws a plan away: its change set is deleted, if it was made for this plan.
///
/// # Errors
/// When AWS refuses.
pub fn discard(cloud: &dyn Propose, plan: &Plan) -> Result<(), CloudError> {
    let made = plan.change_set.as_ref().filter(|_| !plan.found);
    made.map_or(Ok(()), |id| cloud.delete_change_set(id))
}

/// States that CloudFormation does not leave without help.
fn refuse_stuck(state: Option<&StackState>, name: &str) -> Result<(), DeployError> {
    let Some(state) = state.filter(|state| !state.only_reviewed()) else { return Ok(()) };
    let deployable = state.status == "UPDATE_FAILED";
    let Some(found) = stuck(state, &[], 0).filter(|_| !deployable) else { return Ok(()) };
    let hint = match found.remedy {
        Some(Remedy::Delete { .. }) => {
            let before = if state.protected { "its termination protection has to be switched off first; " } else { "" };
            format!(
                "{before}`tidegate doctor --fix` shows what would be lost and deletes it, as \
                 `aws cloudformation delete-stack --stack-name {name}` does; then deploy again"
            )
        }
        Some(Remedy::ContinueRollback { .. }) => format!(
            "mend what its events name, then run `tidegate doctor --fix`, which goes on as \
             `aws cloudformation continue-update-rollback --stack-name {name}` does"
        ),
        None => found.next,
    };
    Err(DeployError::Stuck {
        stack: name.to_owned(),
        status: state.status.clone(),
        reason: state.status_reason.clone(),
        hint,
    })
}

/// A request for a change set and what is known about its template.
struct Prepared<'a> {
    stack: &'a Stack,
    request: ChangeSetRequest,
}

fn change_set_request<'a>(request: &Request<'a>, creates: bool) -> Prepared<'a> {
    let Request { stack, deployment, template, revert_drift, bucket, role } = *request;
    let parameters = deployment.parameters.iter().map(|(name, value)| (name.clone(), parameter_text(value))).collect();
    let iam = stack.resources.values().any(|resource| resource.resource_type.starts_with("AWS::IAM::"));
    let mut request = ChangeSetRequest {
        id: ChangeSetId { stack: deployment.stack_name.clone(), name: String::new() },
        kind: if creates { StackKind::Create } else { StackKind::Update },
        template: template.to_owned(),
        bucket: bucket.map(str::to_owned),
        parameters,
        tags: deployment.tags.clone(),
        capabilities: if iam { vec!["CAPABILITY_NAMED_IAM".to_owned()] } else { Vec::new() },
        revert_drift: revert_drift && !creates,
        role: role.map(str::to_owned),
    };
    request.id.name = format!("{CHANGE_SETS}{}", digest(&request));
    Prepared { stack, request }
}

/// Lists are one text with commas, as CloudFormation takes them.
fn parameter_text(value: &Value) -> String {
    match value.to_json() {
        serde_json::Value::Array(items) => items.iter().map(substitute::text).collect::<Vec<_>>().join(","),
        scalar => substitute::text(&scalar),
    }
}

/// Equal for requests that would make the same change set.
fn digest(request: &ChangeSetRequest) -> String {
    let mut parameters = request.parameters.clone();
    parameters.sort();
    let content =
        format!("{parameters:?}{:?}{:?}{:?}{:?}", request.tags, request.role, request.kind, request.revert_drift);
    format!("{:.32}", sha256(format!("{}{content}", request.template)))
}

/// Finds the change set of an earlier run, or makes it, and waits until it is described. With whether it was found.
fn prepare(
    cloud: &dyn Propose,
    prepared: &Prepared<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(ChangeSet, bool), CloudError> {
    let Prepared { stack, request } = prepared;
    // CloudFormation reads SSM parameters and live values when it makes the change set: a found one may be out of date.
    let lasting = !request.revert_drift
        && !stack.parameters.values().any(|parameter| parameter.parameter_type.starts_with("AWS::SSM::"));
    let usable = |state: &ChangeSetState| match state {
        ChangeSetState::Ready => lasting,
        ChangeSetState::Pending => true,
        ChangeSetState::Empty | ChangeSetState::Failed(_) => false,
    };
    let mut patience = Patience::new();
    let mut found = cloud.change_set(&request.id)?;
    if found.as_ref().is_some_and(|found| !usable(&found.state)) {
        cloud.delete_change_set(&request.id)?;
        while cloud.change_set(&request.id)?.is_some() {
            patience.pause(cloud);
        }
        found = None;
    }
    let was_there = found.is_some();
    if !was_there {
        progress(Progress::Planning);
        match cloud.create_change_set(request) {
            // The call was repeated, or another run makes the same change set just now.
            Err(error) if error.has_code("AlreadyExistsException") => {}
            other => other?,
        }
    }
    loop {
        match cloud.change_set(&request.id)? {
            Some(ChangeSet { state: ChangeSetState::Pending, .. }) => patience.pause(cloud),
            Some(change_set) => return Ok((change_set, was_there)),
            None => {
                return Err(CloudError::refused("read the change set of", &request.id.stack, "somebody deleted it"));
            }
        }
    }
}

/// What a change means, and which lines ask for it.
pub fn judge(stack: &Stack, change: Change) -> PlannedChange {
    let resource = stack.resources.get(&change.logical_id);
    let details = change.details.iter().map(|detail| resource.map(|resource| nearest(resource, &detail.pointer)));
    PlannedChange {
        dangers: dangers(&change, resource),
        origin: resource.map(|resource| resource.origin.clone()),
        details: details.collect(),
        notes: Vec::new(),
        effects: Vec::new(),
        change,
    }
}

/// The origin of the value at `pointer`, else of the nearest value around it.
fn nearest(resource: &Resource, pointer: &str) -> Origin {
    let mut pointer = pointer;
    while !pointer.is_empty() {
        if let Some(value) = resource.properties.at(pointer) {
            return value.origin.clone();
        }
        pointer = pointer.rsplit_once('/').map_or("", |(around, _)| around);
    }
    resource.origin.clone()
}

/// Whether the template names the resource, now as before.
fn keeps_name(change: &Change, resource: &Resource) -> bool {
    let name = resources::get(&change.resource_type).and_then(|facts| facts.own_name(&change.resource_type));
    name.is_some_and(|name| {
        resource.properties.at(name).is_some() && change.details.iter().all(|detail| detail.pointer != name)
    })
}

fn dangers(change: &Change, resource: Option<&Resource>) -> Vec<Danger> {
    let facts = resources::get(&change.resource_type);
    if change.action != ChangeAction::Remove && facts.is_some_and(|facts| facts.renewed) {
        return Vec::new();
    }
    let mut dangers = match (change.action, change.replacement) {
        (ChangeAction::Remove, _) => vec![Danger::Removed],
        (ChangeAction::Modify | ChangeAction::Dynamic, Replacement::Always) => vec![Danger::Replaced],
        (ChangeAction::Modify | ChangeAction::Dynamic, Replacement::Conditional) => vec![Danger::MayBeReplaced],
        (ChangeAction::Modify, Replacement::Never) => {
            let disturbs = facts.and_then(|facts| facts.disturbs.clone());
            return disturbs.map(Danger::Touches).into_iter().collect();
        }
        _ => return Vec::new(),
    };
    if change.replacement == Replacement::Always && resource.is_some_and(|resource| keeps_name(change, resource)) {
        dangers.push(Danger::NameTaken);
    }
    let policy = change.policy_action.as_deref().or_else(|| resource.and_then(|r| r.update_replace_policy));
    let kept = policy.is_some_and(|policy| policy.contains("Retain") || policy.contains("Snapshot"));
    let holds = lifecycle::holds(&change.resource_type).map(str::to_owned);
    dangers.extend(holds.filter(|_| !kept).map(Danger::Loses));
    dangers
}
