//! A plan as a file: what was planned, for which state of the document and the account, and whether that still holds.

use serde_json::{Value as Json, json};

use super::apply::DeployError;
use super::deploy::{Plan, PlannedChange, Request, judge};
use crate::cloud::{
    Cause, Change, ChangeAction, ChangeDetail, ChangeSet, ChangeSetId, ChangeSetState, CloudError, Look, Replacement,
    StackState, verify_account,
};
use crate::source::sha256;

pub const VERSION: u64 = 1;

/// What was planned, for all stacks of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedPlan {
    pub environment: String,
    /// RFC 3339.
    pub at: String,
    /// The ARN of who planned.
    pub by: String,
    pub document: String,
    pub document_digest: String,
    pub stacks: Vec<SavedStack>,
}

/// What was planned for one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedStack {
    pub stack: String,
    pub account: String,
    pub region: String,
    /// The ARN of the stack when it was planned; also a stack of which there is only the change set has one.
    pub stack_id: Option<String>,
    /// The id of its newest event then.
    pub last_event: Option<String>,
    pub template_digest: String,
    pub parameters: Json,
    /// `None`: there is nothing to execute.
    pub change_set: Option<String>,
    /// The ARN of the change set; another one of the same name has another.
    pub change_set_id: Option<String>,
    pub protection: Option<bool>,
    /// As [`changes`] shows them.
    pub changes: Json,
}

impl SavedStack {
    /// What there is to write down of a plan that was just made.
    ///
    /// # Errors
    /// When AWS refuses.
    pub fn of(cloud: &dyn Look, plan: &Plan, region: &str) -> Result<Self, CloudError> {
        let state = cloud.stack(&plan.stack_name)?;
        let last = state.as_ref().map(|state| cloud.events(&state.id, None)).transpose()?;
        Ok(Self {
            stack: plan.stack_name.clone(),
            account: plan.account.clone(),
            region: region.to_owned(),
            stack_id: state.map(|state| state.id),
            last_event: last.and_then(|mut events| events.pop()).map(|event| event.id),
            template_digest: plan.template_digest.clone(),
            parameters: parameters(plan),
            change_set: plan.change_set.as_ref().map(|id| id.name.clone()),
            change_set_id: plan.change_set_id.clone(),
            protection: plan.protection,
            changes: changes(plan),
        })
    }
}

fn parameters(plan: &Plan) -> Json {
    plan.parameters
        .iter()
        .map(|(name, value)| (name.clone(), Json::from(value.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

impl SavedPlan {
    /// With a digest over all of it, by which an edited file is known.
    pub fn to_json(&self) -> Json {
        let stacks = self.stacks.iter().map(|stack| {
            json!({
                "stack": stack.stack,
                "account": stack.account,
                "region": stack.region,
                "stack_id": stack.stack_id,
                "last_event": stack.last_event,
                "template_digest": stack.template_digest,
                "parameters": stack.parameters,
                "change_set": stack.change_set,
                "change_set_id": stack.change_set_id,
                "protection": stack.protection,
                "changes": stack.changes,
            })
        });
        let mut json = json!({
            "version": VERSION,
            "environment": self.environment,
            "made": { "at": self.at, "by": self.by },
            "document": { "path": self.document, "digest": self.document_digest },
            "stacks": stacks.collect::<Vec<_>>(),
        });
        json["digest"] = sha256(json.to_string()).into();
        json
    }

    /// # Errors
    /// Why the text is not a plan that can be applied.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut json: Json = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let version = &json["version"];
        if version != VERSION {
            return Err(match version {
                Json::Null => "it is no plan: `tidegate plan ENV --out FILE` makes one".to_owned(),
                version => format!("it is of version {version}, and this program reads version {VERSION}: plan again"),
            });
        }
        let digest = json.as_object_mut().and_then(|map| map.shift_remove("digest"));
        if digest != Some(Json::from(sha256(json.to_string()))) {
            return Err("it was changed after it was made: its digest does not fit; plan again".to_owned());
        }
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let need = |value: &Json| text(value).unwrap_or_default();
        let stacks = json["stacks"].as_array().into_iter().flatten().map(|stack| SavedStack {
            stack: need(&stack["stack"]),
            account: need(&stack["account"]),
            region: need(&stack["region"]),
            stack_id: text(&stack["stack_id"]),
            last_event: text(&stack["last_event"]),
            template_digest: need(&stack["template_digest"]),
            parameters: stack["parameters"].clone(),
            change_set: text(&stack["change_set"]),
            change_set_id: text(&stack["change_set_id"]),
            protection: stack["protection"].as_bool(),
            changes: stack["changes"].clone(),
        });
        Ok(Self {
            environment: need(&json["environment"]),
            at: need(&json["made"]["at"]),
            by: need(&json["made"]["by"]),
            document: need(&json["document"]["path"]),
            document_digest: need(&json["document"]["digest"]),
            stacks: stacks.collect(),
        })
    }
}

/// The plan again, if the document and the account are still as they were when it was saved.
///
/// # Errors
/// [`DeployError::Outdated`] with what is no longer as it was, or when AWS refuses.
pub fn restore(cloud: &dyn Look, request: &Request<'_>, saved: &SavedStack) -> Result<Plan, DeployError> {
    let deployment = request.deployment;
    let mut plan = Plan::begun(request);
    let outdated = |reason: String| DeployError::Outdated { stack: saved.stack.clone(), reason };
    if (&deployment.account, &deployment.region) != (&saved.account, &saved.region) {
        return Err(outdated(format!(
            "it was made for account {}, {}, and the document now says account {}, {}",
            saved.account, saved.region, deployment.account, deployment.region
        )));
    }
    verify_account(cloud, &saved.account)?;
    if plan.template_digest != saved.template_digest {
        return Err(outdated("the document asks for something else now".to_owned()));
    }
    if parameters(&plan) != saved.parameters {
        return Err(outdated("the document gives other values to the template's parameters now".to_owned()));
    }
    let state = cloud.stack(&saved.stack)?;
    if state.as_ref().map(|state| &state.id) != saved.stack_id.as_ref() {
        return Err(outdated(match (&state, &saved.stack_id) {
            (None, _) => "the stack was deleted since".to_owned(),
            (Some(_), None) => "the stack was made since".to_owned(),
            _ => "the stack was deleted and made anew since".to_owned(),
        }));
    }
    if let Some(state) = &state {
        let last = cloud.events(&state.id, None)?.pop();
        if last.as_ref().map(|event| &event.id) != saved.last_event.as_ref() {
            let when = last.map(|event| format!(", last at {}", event.time)).unwrap_or_default();
            return Err(outdated(format!("the stack was changed since{when}; it is {} now", state.status)));
        }
    }
    plan.creates = state.as_ref().is_none_or(StackState::only_reviewed);
    plan.protection = saved.protection;
    let Some(name) = &saved.change_set else { return Ok(plan) };
    let id = ChangeSetId { stack: saved.stack.clone(), name: name.clone() };
    let changes_now = match cloud.change_set(&id)? {
        None => return Err(outdated(format!("its change set {name} is gone"))),
        Some(ChangeSet { state: ChangeSetState::Failed(reason), .. }) => {
            return Err(outdated(format!("its change set {name} can no longer be executed: {reason}")));
        }
        Some(other) if Some(&other.id) != saved.change_set_id.as_ref() => {
            return Err(outdated(format!("its change set {name} was made anew")));
        }
        Some(ChangeSet { state: ChangeSetState::Ready, changes, id }) => {
            plan.change_set_id = Some(id);
            changes
        }
        Some(_) => return Err(outdated(format!("its change set {name} is being made anew"))),
    };
    plan.changes = changes_now.into_iter().map(|change| judge(request.stack, change)).collect();
    if cores(&changes(&plan)) != cores(&saved.changes) {
        return Err(outdated(format!("its change set {name} holds other changes now")));
    }
    plan.change_set = Some(id);
    plan.found = true;
    Ok(plan)
}

/// What a change set says of each change, without what we say of it, in a fixed order.
fn cores(changes: &Json) -> Vec<String> {
    let parts = ["action", "logical_id", "type", "physical_id", "replacement", "policy_action", "details"];
    let core = |change: &Json| {
        let mut change = change.clone();
        for detail in change["details"].as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
            // The values are filled in from the templates where CloudFormation does not say them.
            ["path", "line", "column", "before", "after"].iter().for_each(|part| drop(detail.shift_remove(*part)));
        }
        parts.iter().map(|part| change[*part].to_string()).collect::<Vec<_>>().join("\n")
    };
    let mut cores: Vec<String> = changes.as_array().into_iter().flatten().map(core).collect();
    cores.sort();
    cores
}

/// The changes of a plan for machines.
pub fn changes(plan: &Plan) -> Json {
    plan.changes.iter().map(planned).collect()
}

fn planned(planned: &PlannedChange) -> Json {
    let Change { action, logical_id, physical_id, resource_type, replacement, policy_action, details, .. } =
        &planned.change;
    let mut json = json!({
        "action": match action {
            ChangeAction::Add => "add",
            ChangeAction::Modify => "modify",
            ChangeAction::Remove => "remove",
            ChangeAction::Import => "import",
            ChangeAction::Dynamic => "dynamic",
        },
        "logical_id": logical_id,
        "type": resource_type,
        "physical_id": physical_id,
        "replacement": match replacement {
            Replacement::Never => "never",
            Replacement::Conditional => "conditional",
            Replacement::Always => "always",
        },
        "policy_action": policy_action,
        "details": details.iter().zip(&planned.details).map(|(detail, origin)| {
            let mut json = detail_json(detail);
            place(&mut json, origin.as_ref());
            json
        }).collect::<Vec<_>>(),
        "dangers": planned.dangers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "effects": planned.effects.iter().map(|(kind, text)| json!({ "kind": kind, "text": text })).collect::<Vec<_>>(),
        "notes": planned.notes,
    });
    place(&mut json, planned.origin.as_ref());
    json
}

fn detail_json(detail: &ChangeDetail) -> Json {
    let because = match &detail.cause {
        Cause::Direct => "the template".to_owned(),
        Cause::Parameter(name) => format!("the parameter {name}"),
        Cause::Resource(name) => format!("the resource {name}"),
        Cause::Automatic => "CloudFormation".to_owned(),
    };
    json!({
        "attribute": detail.attribute,
        "pointer": detail.pointer,
        "before": detail.before,
        "after": detail.after,
        "because_of": because,
    })
}

fn place(json: &mut Json, origin: Option<&crate::desired::Origin>) {
    let Some(origin) = origin else { return };
    let position = origin.span.start_position();
    json["path"] = origin.span.path().into();
    json["line"] = position.line.into();
    json["column"] = position.column.into();
}

#[cfg(test)]
mod tests;
