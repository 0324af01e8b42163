//! `tidegate status`

use clap::Args;

use super::account::{AccountArguments, Place, failed, title};
use super::targets::Targets;
use super::{Arguments, Exit, Failure, Outcome, next};
use crate::cloud::Look;
use crate::host;

/// Show how the stacks of a document are, and what has to happen next
#[derive(Args)]
pub(super) struct Status {
    /// Environments, `delivery` for the pipelines, and documents or folders of documents: words with a point or a slash.
    /// All stacks of `--file` when nothing is named.
    #[arg(value_name = "STACK|FILE")]
    targets: Vec<String>,
    #[command(flatten)]
    account: AccountArguments,
}

impl Arguments for Status {
    fn run(self) -> Outcome {
        let targets = Targets::read(&self.targets, &self.account)?;
        let mut exit = if targets.broken.is_empty() { Exit::Clean } else { Exit::Findings };
        let reached = targets.reached()?;
        if reached.failed {
            exit = Exit::Failed;
        }
        for (session, stack, deployment) in reached.stacks {
            let account = session.connect(deployment).map_err(|error| failed(&error));
            let shown = account.and_then(|account| show(&Place { stack, deployment, account }));
            if let Err(failure) = shown {
                host::tell(&format!("error: {}: {}", title(deployment), failure.message));
                exit = Exit::Failed;
            }
        }
        Ok(exit)
    }
}

fn show(place: &Place<'_>) -> Result<(), Failure> {
    let state = place.account.stack(&place.deployment.stack_name).map_err(|error| failed(&error))?;
    let state = state.filter(|state| !state.only_reviewed());
    let status = state.as_ref().map_or("not deployed", |state| state.status.as_str());
    let mut lines = vec![format!("{}: {status}", place.title())];
    if let Some(state) = &state {
        lines
            .extend(state.status_reason.iter().filter(|reason| !reason.is_empty()).map(|reason| format!("  {reason}")));
        lines.push(format!("  termination protection is {}", if state.protected { "on" } else { "off" }));
        let released =
            state.parameters.iter().filter_map(|parameter| Some((&parameter.value, parameter.resolved.as_ref()?)));
        lines.extend(released.map(|(pointer, build)| format!("  {pointer} = {build}")));
        lines.extend(state.outputs.iter().map(|(name, value)| format!("  {name} = {value}")));
    }
    let steps = next::of_place(place, state.as_ref())?;
    lines.extend(steps.into_iter().map(|step| format!("  next: {step}")));
    host::print(&(lines.join("\n") + "\n"));
    Ok(())
}
