//! Stacks, change sets and events through CloudFormation's API.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    self, Capability, ChangeAction as SdkAction, ChangeSetType, ChangeSource, DeploymentMode, ExecutionStatus,
    Parameter, Replacement as SdkReplacement, RequiresRecreation, ResourceChange, ResourceChangeDetail, Tag,
};

use crate::cloud::{
    Cause, Change, ChangeAction, ChangeDetail, ChangeSet, ChangeSetId, ChangeSetRequest, ChangeSetState, CloudError,
    Event, LONGEST_TEMPLATE, Recreation, Replacement, StackKind, StackParameter, StackResource, StackState,
    WaitingChangeSet,
};

use super::failure::failed;
use super::upload;

pub(super) async fn stack(client: &Client, stack: &str) -> Result<Option<StackState>, CloudError> {
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => Ok(answer.stacks().first().map(state).filter(|state| state.status != "DELETE_COMPLETE")),
        Err(error) => absent(failed("read the stack", stack, error)),
    }
}

/// AWS has no error code of its own for a stack that does not exist.
fn absent<T>(error: CloudError) -> Result<Option<T>, CloudError> {
    let none = error.has_code("ValidationError") && error.message.contains("does not exist");
    if none { Ok(None) } else { Err(error) }
}

fn state(stack: &types::Stack) -> StackState {
    let parameter = |parameter: &Parameter| StackParameter {
        name: text(parameter.parameter_key()),
        value: text(parameter.parameter_value()),
        resolved: parameter.resolved_value().map(str::to_owned),
    };
    let outputs = stack.outputs().iter();
    StackState {
        id: text(stack.stack_id()),
        status: stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        status_reason: stack.stack_status_reason().map(str::to_owned),
        parameters: stack.parameters().iter().map(parameter).collect(),
        outputs: outputs.map(|output| (text(output.output_key()), text(output.output_value()))).collect(),
        tags: stack.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect(),
        protected: stack.enable_termination_protection().unwrap_or_default(),
        role: stack.role_arn().map(str::to_owned),
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

pub(super) async fn template(client: &Client, stack: &str) -> Result<String, CloudError> {
    let request = client.get_template().stack_name(stack);
    let request = request.template_stage(types::TemplateStage::Original);
    let answer = request.send().await.map_err(|error| failed("read the template of", stack, error))?;
    Ok(text(answer.template_body()))
}

pub(super) async fn resources(client: &Client, stack: &str) -> Result<Vec<StackResource>, CloudError> {
    let mut pages = client.list_stack_resources().stack_name(stack).into_paginator().items().send();
    let mut resources = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(|error| failed("list the resources of", stack, error))?;
        resources.push(StackResource {
            logical_id: text(resource.logical_resource_id()),
            physical_id: text(resource.physical_resource_id()),
            resource_type: text(resource.resource_type()),
            status: resource.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        });
    }
    Ok(resources)
}

pub(super) async fn create_change_set(
    config: &SdkConfig,
    client: &Client,
    request: &ChangeSetRequest,
) -> Result<(), CloudError> {
    let ChangeSetId { stack, name } = &request.id;
    let attempted = "make a change set of";
    let parameter =
        |(key, value): &(String, String)| Parameter::builder().parameter_key(key).parameter_value(value).build();
    let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
    let capability = |name: &String| Capability::from(name.as_str());
    let kind = match request.kind {
        StackKind::Create => ChangeSetType::Create,
        StackKind::Update => ChangeSetType::Update,
    };
    let call = client
        .create_change_set()
        .stack_name(stack)
        .change_set_name(name)
        .change_set_type(kind)
        .set_deployment_mode(request.revert_drift.then_some(DeploymentMode::RevertDrift))
        .set_role_arn(request.role.clone())
        .set_parameters(some(request.parameters.iter().map(parameter).collect()))
        .set_tags(Some(request.tags.iter().map(tag).collect()))
        .set_capabilities(some(request.capabilities.iter().map(capability).collect()));
    let call = if request.template.len() <= LONGEST_TEMPLATE {
        call.template_body(&request.template)
    } else if let Some(bucket) = &request.bucket {
        call.template_url(upload::template(config, bucket, &request.template).await?)
    } else {
        let length = request.template.len();
        let message = format!("the template has {length} bytes, and a request carries at most {LONGEST_TEMPLATE}");
        return Err(CloudError::refused(attempted, stack, message)
            .hint("name a bucket for templates; it must be readable for CloudFormation"));
    };
    call.send().await.map(drop).map_err(|error| failed(attempted, stack, error))
}

/// An empty list says "none", which is not the same as saying nothing.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

pub(super) async fn change_set(client: &Client, id: &ChangeSetId) -> Result<Option<ChangeSet>, CloudError> {
    let mut changes = Vec::new();
    let mut token = None;
    loop {
        let call = client.describe_change_set().stack_name(&id.stack).change_set_name(&id.name);
        let call = call.include_property_values(true).set_next_token(token);
        let page = match call.send().await {
            Ok(page) => page,
            Err(error) => {
                let error = failed("read the change set of", &id.stack, error);
                return if error.has_code("ChangeSetNotFound") { Ok(None) } else { absent(error) };
            }
        };
        let status = page.status().map(types::ChangeSetStatus::as_str).unwrap_or_default();
        let state = change_set_state(status, page.execution_status(), page.status_reason().unwrap_or_default());
        changes.extend(page.changes().iter().filter_map(types::Change::resource_change).map(change));
        token = page.next_token().map(str::to_owned);
        if token.is_none() || state == ChangeSetState::Pending {
            return Ok(Some(ChangeSet { id: text(page.change_set_id()), state, changes }));
        }
    }
}

pub(super) async fn change_sets(client: &Client, stack: &str) -> Result<Vec<WaitingChangeSet>, CloudError> {
    let mut pages = client.list_change_sets().stack_name(stack).into_paginator().items().send();
    let mut waiting = Vec::new();
    while let Some(summary) = pages.next().await {
        let summary = match summary {
            Ok(summary) => summary,
            Err(error) => {
                return absent(failed("list the change sets of", stack, error)).map(Option::unwrap_or_default);
            }
        };
        let execution = summary.execution_status();
        if execution.is_some_and(|execution| execution.as_str().starts_with("EXECUTE_")) {
            continue;
        }
        let status = summary.status().map(types::ChangeSetStatus::as_str).unwrap_or_default();
        waiting.push(WaitingChangeSet {
            id: ChangeSetId { stack: stack.to_owned(), name: text(summary.change_set_name()) },
            state: change_set_state(status, execution, summary.status_reason().unwrap_or_default()),
            made: summary.creation_time().map(|time| time.to_string()).unwrap_or_default(),
        });
    }
    Ok(waiting)
}

/// `status` and `execution` are two views of one life; `reason` is all that tells an empty change set from a bad one.
fn change_set_state(status: &str, execution: Option<&ExecutionStatus>, reason: &str) -> ChangeSetState {
    let empty = ["didn't contain changes", "No updates are to be performed", "no changes"];
    match (status, execution) {
        ("FAILED", _) if empty.iter().any(|text| reason.contains(text)) => ChangeSetState::Empty,
        ("CREATE_COMPLETE", Some(ExecutionStatus::Available)) => ChangeSetState::Ready,
        ("CREATE_PENDING" | "CREATE_IN_PROGRESS", _) => ChangeSetState::Pending,
        (_, Some(ExecutionStatus::ExecuteInProgress)) => ChangeSetState::Pending,
        (status, execution) => {
            let execution = execution.map(ExecutionStatus::as_str).unwrap_or_default();
            let reason = if reason.is_empty() { format!("{status} {execution}") } else { reason.to_owned() };
            ChangeSetState::Failed(reason)
        }
    }
}

fn change(change: &ResourceChange) -> Change {
    let action = match change.action() {
        Some(SdkAction::Add) => ChangeAction::Add,
        Some(SdkAction::Modify | SdkAction::SyncWithActual) => ChangeAction::Modify,
        Some(SdkAction::Remove) => ChangeAction::Remove,
        Some(SdkAction::Import) => ChangeAction::Import,
        _ => ChangeAction::Dynamic,
    };
    let replacement = match change.replacement() {
        Some(SdkReplacement::True) => Replacement::Always,
        Some(SdkReplacement::Conditional) => Replacement::Conditional,
        _ => Replacement::Never,
    };
    Change {
        action,
        logical_id: text(change.logical_resource_id()),
        physical_id: change.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
        resource_type: text(change.resource_type()),
        replacement,
        scope: change.scope().iter().map(|attribute| attribute.as_str().to_owned()).collect(),
        policy_action: change.policy_action().map(|action| action.as_str().to_owned()),
        details: change.details().iter().map(detail).collect(),
    }
}

fn detail(detail: &ResourceChangeDetail) -> ChangeDetail {
    let target = detail.target();
    let path = target.and_then(|target| target.path()).map(|path| path.trim_start_matches("/Properties").to_owned());
    let name = target.and_then(|target| target.name()).map(|name| format!("/{name}"));
    let recreation = match target.and_then(|target| target.requires_recreation()) {
        Some(RequiresRecreation::Always) => Recreation::Always,
        Some(RequiresRecreation::Conditionally) => Recreation::Conditionally,
        _ => Recreation::Never,
    };
    let entity = || text(detail.causing_entity());
    let cause = match detail.change_source() {
        Some(ChangeSource::ParameterReference) => Cause::Parameter(entity()),
        Some(ChangeSource::ResourceReference | ChangeSource::ResourceAttribute) => Cause::Resource(entity()),
        Some(ChangeSource::Automatic) => Cause::Automatic,
        _ => Cause::Direct,
    };
    ChangeDetail {
        attribute: target.and_then(|target| target.attribute()).map(|a| a.as_str().to_owned()).unwrap_or_default(),
        pointer: path.or(name).unwrap_or_default(),
        recreation,
        before: target.and_then(|target| target.before_value()).map(str::to_owned),
        after: target.and_then(|target| target.after_value()).map(str::to_owned),
        cause,
    }
}

pub(super) async fn delete_change_set(client: &Client, id: &ChangeSetId) -> Result<(), CloudError> {
    let call = client.delete_change_set().stack_name(&id.stack).change_set_name(&id.name);
    match call.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = failed("delete the change set of", &id.stack, error);
            if error.has_code("ChangeSetNotFound") { Ok(()) } else { absent::<()>(error).map(drop) }
        }
    }
}

pub(super) async fn execute_change_set(client: &Client, id: &ChangeSetId, token: &str) -> Result<(), CloudError> {
    // What a failed change has made holds nothing yet; kept, it would stand in the way of the next attempt by its name.
    let call =
        client.execute_change_set().stack_name(&id.stack).change_set_name(&id.name).retain_except_on_create(true);
    let answer = call.client_request_token(token).send().await;
    answer.map(drop).map_err(|error| failed("execute the change set of", &id.stack, error))
}

pub(super) async fn events(client: &Client, stack: &str, after: Option<&str>) -> Result<Vec<Event>, CloudError> {
    let mut pages = client.describe_stack_events().stack_name(stack).into_paginator().items().send();
    let mut events = Vec::new();
    while let Some(event) = pages.next().await {
        let event = event.map_err(|error| failed("read the events of", stack, error))?;
        if after.is_some_and(|after| event.event_id() == Some(after)) {
            break;
        }
        events.push(Event {
            id: text(event.event_id()),
            time: event.timestamp().map(|time| time.to_string()).unwrap_or_default(),
            logical_id: text(event.logical_resource_id()),
            physical_id: text(event.physical_resource_id()),
            resource_type: text(event.resource_type()),
            status: event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: event.resource_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        });
        if after.is_none() {
            break;
        }
    }
    events.reverse();
    Ok(events)
}

pub(super) async fn set_termination_protection(
    client: &Client,
    stack: &str,
    protected: bool,
) -> Result<(), CloudError> {
    let call = client.update_termination_protection().stack_name(stack).enable_termination_protection(protected);
    call.send().await.map(drop).map_err(|error| failed("set the termination protection of", stack, error))
}

pub(super) async fn delete_stack(
    client: &Client,
    stack: &str,
    retain: &[String],
    token: &str,
) -> Result<(), CloudError> {
    let call = client.delete_stack().stack_name(stack).set_retain_resources(some(retain.to_vec()));
    let answer = call.client_request_token(token).send().await;
    answer.map(drop).map_err(|error| failed("delete the stack", stack, error))
}

pub(super) async fn continue_rollback(
    client: &Client,
    stack: &str,
    skip: &[String],
    token: &str,
) -> Result<(), CloudError> {
    let call = client.continue_update_rollback().stack_name(stack).set_resources_to_skip(some(skip.to_vec()));
    let answer = call.client_request_token(token).send().await;
    answer.map(drop).map_err(|error| failed("go on with the rollback of", stack, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_change_is_no_failure() {
        let failed = Some(&ExecutionStatus::Unavailable);
        let empty = "The submitted information didn't contain changes. Submit different information to create a \
                     change set.";
        assert_eq!(change_set_state("FAILED", failed, empty), ChangeSetState::Empty);
        assert_eq!(change_set_state("FAILED", failed, "No updates are to be performed."), ChangeSetState::Empty);
        assert_eq!(change_set_state("FAILED", failed, "bad"), ChangeSetState::Failed("bad".to_owned()));
    }

    #[test]
    fn only_an_available_change_set_is_ready() {
        let state = |status, execution| change_set_state(status, Some(&execution), "");
        assert_eq!(state("CREATE_COMPLETE", ExecutionStatus::Available), ChangeSetState::Ready);
        assert_eq!(state("CREATE_IN_PROGRESS", ExecutionStatus::Unavailable), ChangeSetState::Pending);
        assert_eq!(state("CREATE_COMPLETE", ExecutionStatus::ExecuteInProgress), ChangeSetState::Pending);
        assert!(matches!(state("CREATE_COMPLETE", ExecutionStatus::Obsolete), ChangeSetState::Failed(_)));
        assert!(matches!(state("DELETE_COMPLETE", ExecutionStatus::Unavailable), ChangeSetState::Failed(_)));
    }

    #[test]
    fn a_missing_stack_is_none_and_other_refusals_are_errors() {
        let refusal = |message: &str| CloudError {
            code: Some("ValidationError".to_owned()),
            ..CloudError::refused("read the stack", "s", message)
        };
        assert_eq!(absent::<()>(refusal("Stack with id s does not exist")), Ok(None));
        assert!(absent::<()>(refusal("1 validation error detected")).is_err());
    }
}
