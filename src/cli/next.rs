//! What has to happen next, from an empty account on: code must exist before an application, and a connection needs a
//! person.

use super::Failure;
use super::account::{Session, failed};
use crate::cloud::{Cloud, StackState};
use crate::desired::Stack;
use crate::model::UNRELEASED;

/// The next steps after a look at, or a deployment of, the stack `place`.
pub(super) fn steps(session: &Session, place: &str) -> Result<String, Failure> {
    let mut steps = Vec::new();
    for place in session.places(Some(place))? {
        let name = &place.deployment.stack_name;
        let state = place.account.stack(name).map_err(|error| failed(&error))?.filter(|state| !state.only_reviewed());
        steps.extend(of_stack(place.stack, &place.deployment.environment, state.as_ref()));
    }
    Ok(match steps.as_slice() {
        [] => "next: nothing; a push to a repository starts its pipelines".to_owned(),
        steps => steps.iter().map(|step| format!("next: {step}")).collect::<Vec<_>>().join("\n"),
    })
}

/// What one stack waits for.
pub(super) fn of_stack(stack: &Stack, environment: &str, state: Option<&StackState>) -> Vec<String> {
    let Some(state) = state else {
        return vec![format!("`tidegate deploy {environment}` makes this stack")];
    };
    let connections =
        stack.resources.values().filter(|resource| resource.resource_type == "AWS::CodeConnections::Connection");
    let mut steps: Vec<String> = connections
        .filter_map(|resource| resource.properties.get("ConnectionName")?.as_text())
        .map(|name| {
            format!(
                "a connection works only after its handshake: open the AWS console, Developer Tools, Settings, Connections, \
                 `{name}`, choose `Update pending connection` (once; nothing to do when it says Available)"
            )
        })
        .collect();
    let waiting = state.parameters.iter().filter(|parameter| parameter.resolved.as_deref() == Some(UNRELEASED));
    steps.extend(waiting.filter_map(|parameter| {
        let thing = stack.parameters.get(&parameter.name)?.description.clone();
        Some(format!("the application behind `{}` is created by its first release, because its code must be there before it ({thing})", parameter.value))
    }));
    steps
}
