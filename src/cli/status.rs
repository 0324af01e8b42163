//! `tidegate status`

use clap::Args;
use serde_json::{Value as Json, json};

use super::account::{AccountArguments, Place, Session, failed, title};
use super::neighbours::{self, Neighbour};
use super::releasable::Shown;
use super::running::{self, Sight};
use super::targets::Targets;
use super::{Arguments, Exit, Failure, Outcome, next};
use crate::cloud::{Look, StackState};
use crate::host;

/// Show how the stacks of a document are, what runs in them and how it is, and what has to happen next
#[derive(Args)]
pub(super) struct Status {
    /// Environments, `delivery` for the pipelines, and documents or folders of documents: words with a point or a slash.
    /// All stacks of `--file` when nothing is named.
    #[arg(value_name = "STACK|FILE")]
    targets: Vec<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// How it is shown.
    #[arg(long, value_enum, default_value_t)]
    format: Shown,
}

impl Arguments for Status {
    fn run(self) -> Outcome {
        let targets = Targets::read(&self.targets, &self.account)?;
        let mut exit = if targets.broken.is_empty() { Exit::Clean } else { Exit::Findings };
        let reached = targets.reached()?;
        if reached.failed {
            exit = Exit::Failed;
        }
        let mut objects = Vec::new();
        for (session, stack, deployment) in reached.stacks {
            let account = session.connect(deployment).map_err(|error| failed(&error));
            match account.and_then(|account| see(session, Place { stack, deployment, account })) {
                Ok(seen) if self.format == Shown::Json => objects.push(seen.json()),
                Ok(seen) => host::print(&(seen.lines().join("\n") + "\n")),
                Err(failure) => {
                    host::tell(&format!("error: {}: {}", title(deployment), failure.message));
                    exit = Exit::Failed;
                }
            }
        }
        if self.format == Shown::Json {
            host::print(&format!("{:#}\n", json!({ "version": 1, "stacks": objects })));
        }
        Ok(exit)
    }
}

/// A stack, and what runs in it.
struct Seen<'a> {
    place: Place<'a>,
    state: Option<StackState>,
    sights: Vec<Sight>,
    neighbours: Vec<Neighbour>,
    next: Vec<String>,
}

fn see<'a>(session: &Session, place: Place<'a>) -> Result<Seen<'a>, Failure> {
    let state = place.account.stack(&place.deployment.stack_name).map_err(|error| failed(&error))?;
    let state = state.filter(|state| !state.only_reviewed());
    let next = next::of_place(&place, state.as_ref())?;
    let (sights, place) = match state {
        Some(_) => running::look(session, place)?,
        None => (Vec::new(), place),
    };
    let neighbours = if state.is_some() { neighbours::look(session, &place) } else { Vec::new() };
    Ok(Seen { place, state, sights, neighbours, next })
}

impl Seen<'_> {
    fn lines(&self) -> Vec<String> {
        let status = self.state.as_ref().map_or("not deployed", |state| state.status.as_str());
        let mut lines = vec![format!("{}: {status}", self.place.title())];
        // What runs is why most people look.
        lines.extend(self.sights.iter().flat_map(Sight::lines));
        lines.extend(self.neighbours.iter().flat_map(Neighbour::lines));
        if let Some(state) = &self.state {
            let reason = state.status_reason.iter().filter(|reason| !reason.is_empty());
            lines.extend(reason.map(|reason| format!("  {reason}")));
            lines.push(format!("  termination protection is {}", if state.protected { "on" } else { "off" }));
            lines.extend(released(state).map(|(pointer, build)| format!("  {pointer} = {build}")));
            lines.extend(state.outputs.iter().map(|(name, value)| format!("  {name} = {value}")));
        }
        lines.extend(self.next.iter().map(|step| format!("  next: {step}")));
        lines
    }

    fn things(&self) -> Vec<Json> {
        self.sights.iter().map(Sight::json).chain(self.neighbours.iter().map(Neighbour::json)).collect()
    }

    fn json(&self) -> Json {
        let deployment = self.place.deployment;
        let state = self.state.as_ref();
        let outputs = state.into_iter().flat_map(|state| &state.outputs);
        json!({
            "stack": deployment.stack_name,
            "environment": deployment.environment,
            "account": deployment.account,
            "region": deployment.region,
            "status": state.map(|state| state.status.clone()),
            "reason": state.and_then(|state| state.status_reason.clone()),
            "protected": state.map(|state| state.protected),
            "released": state.into_iter().flat_map(released).collect::<Vec<_>>(),
            "outputs": outputs.collect::<Vec<_>>(),
            "things": self.things(),
            "next": self.next,
        })
    }
}

/// Pointers, and the builds that the stack knows from them.
fn released(state: &StackState) -> impl Iterator<Item = (&str, &str)> {
    state.parameters.iter().filter_map(|parameter| Some((parameter.value.as_str(), parameter.resolved.as_deref()?)))
}
