//! `tidegate status`

use clap::Args;

use super::account::{AccountArguments, failed};
use super::{Arguments, Exit, Outcome, next};
use crate::cloud::Look;
use crate::host;

/// Show how the stacks of a document are, and what has to happen next
#[derive(Args)]
pub(super) struct Status {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
}

impl Arguments for Status {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        for place in session.places(self.stack.as_deref())? {
            let state = place.account.stack(&place.deployment.stack_name).map_err(|error| failed(&error))?;
            let state = state.filter(|state| !state.only_reviewed());
            let status = state.as_ref().map_or("not deployed", |state| state.status.as_str());
            let mut lines = vec![format!("{}: {status}", place.title())];
            if let Some(state) = &state {
                lines.extend(
                    state.status_reason.iter().filter(|reason| !reason.is_empty()).map(|reason| format!("  {reason}")),
                );
                lines.push(format!("  termination protection is {}", if state.protected { "on" } else { "off" }));
                let released = state
                    .parameters
                    .iter()
                    .filter_map(|parameter| Some((&parameter.value, parameter.resolved.as_ref()?)));
                lines.extend(released.map(|(pointer, build)| format!("  {pointer} = {build}")));
                lines.extend(state.outputs.iter().map(|(name, value)| format!("  {name} = {value}")));
            }
            let steps = next::of_place(&place, state.as_ref())?;
            lines.extend(steps.into_iter().map(|step| format!("  next: {step}")));
            host::print(&(lines.join("\n") + "\n"));
        }
        Ok(Exit::Clean)
    }
}
