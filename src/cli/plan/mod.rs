//! `tidegate plan`

mod json;
mod markdown;
mod outlook;
mod text;

use clap::Args;

use super::account::{AccountArguments, Place, Session, failed, place_of, title};
use super::targets::Targets;
use super::together::together;
use super::{Arguments, Exit, Failure, Outcome};
use crate::cloud::{ChangeAction, Look};
use crate::desired::{Deployment, Stack};
use crate::host;
use crate::reconcile::{self, Plan, PlannedChange, Progress, SavedPlan, SavedStack};
use crate::source::sha256;

pub(super) use outlook::deepened;
use outlook::{How, Outlook, look_ahead};
pub(super) use text::text;

/// Show what a deployment would change and what that means
///
/// CloudFormation makes a change set, which is thrown away; Tidegate adds what it does not say: what restarts without its
/// state, who may do more than before, what cannot be taken back, what costs more. Every change is led back to the line
/// that asks for it. Nothing is executed. Where the rights for a change set are missing, the templates alone are compared.
/// A stack that cannot be planned hinders no other.
#[derive(Args)]
pub(super) struct PlanCommand {
    /// Environments, `delivery` for the pipelines, and documents or folders of documents: words with a point or a slash.
    /// All stacks of `--file` when nothing is named.
    #[arg(value_name = "STACK|FILE")]
    targets: Vec<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Make no change set: compare the deployed template with the new one.
    #[arg(long)]
    offline: bool,
    /// Save the plan, for `tidegate deploy --plan FILE`; its change sets are kept.
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    out: Option<String>,
    /// How the plan is shown.
    #[arg(long, default_value = "full", value_parser = ["full", "json", "markdown"])]
    format: String,
}

/// A stack, and what is seen ahead for it.
struct Forecast<'a> {
    session: &'a Session,
    deployment: &'a Deployment,
    result: Result<Outlook<'a>, Failure>,
}

impl Arguments for PlanCommand {
    fn run(self) -> Outcome {
        let targets = Targets::read(&self.targets, &self.account)?;
        if self.out.is_some() && (targets.stacks.len() != 1 || targets.sessions.len() != 1) {
            return Err(Failure::usage(
                "a saved plan is of one environment of one document: name it, e.g. `tidegate plan prod --out FILE`",
            ));
        }
        let reached = targets.reached()?;
        let seen = self.look_ahead_of_all(&reached.stacks);
        match self.format.as_str() {
            "json" => host::print(&format!("{:#}\n", json::document(&seen))),
            "markdown" => host::print(&markdown::render(&seen)),
            _ => seen.iter().for_each(|forecast| host::print(&text::render(forecast))),
        }
        let failures = seen.iter().filter_map(Forecast::failure);
        let failed = failures.inspect(|failure| host::tell(&format!("error: {failure}"))).count();
        if let Some(path) = &self.out {
            self.save(seen, path)?;
            return Ok(if failed > 0 { Exit::Failed } else { Exit::Clean });
        }
        if !targets.broken.is_empty() {
            return Ok(Exit::Findings);
        }
        if reached.failed || failed > 0 {
            return Ok(Exit::Failed);
        }
        let changes = seen.iter().any(Forecast::changes);
        Ok(if changes && self.detailed_exitcode { Exit::Different } else { Exit::Clean })
    }
}

impl Forecast<'_> {
    fn title(&self) -> String {
        title(self.deployment)
    }

    /// Why it cannot be planned.
    fn failure(&self) -> Option<String> {
        let failure = self.result.as_ref().err()?;
        Some(format!("{}: {}", self.title(), failure.message))
    }

    fn changes(&self) -> bool {
        self.result.as_ref().is_ok_and(|outlook| match outlook.how {
            How::Awaits(_) => true,
            _ => !outlook.plan.changes.is_empty() || !outlook.plan.is_empty(),
        })
    }
}

/// A stack of a document in a place.
type Stop<'a> = (&'a Session, &'a Stack, &'a Deployment);

impl PlanCommand {
    /// Stacks of one environment read what the ones before them give: they are looked at one after the other, environments
    /// at the same time.
    fn look_ahead_of_all<'a>(&self, stacks: &[Stop<'a>]) -> Vec<Forecast<'a>> {
        let is_beside =
            |one: &Stop<'a>, next: &Stop<'a>| std::ptr::eq(one.0, next.0) && one.2.environment == next.2.environment;
        let environments: Vec<&[Stop<'a>]> = stacks.chunk_by(is_beside).collect();
        let seen = together(&environments, |_, stacks| {
            let seen = stacks.iter().map(|&(session, stack, deployment)| {
                let result = self.look_ahead(session, stack, deployment);
                Forecast { session, deployment, result }
            });
            seen.collect::<Vec<_>>()
        });
        seen.into_iter().flatten().collect()
    }

    fn look_ahead<'a>(
        &self,
        session: &Session,
        stack: &'a Stack,
        deployment: &'a Deployment,
    ) -> Result<Outlook<'a>, Failure> {
        let account = session.connect(deployment).map_err(|error| failed(&error))?;
        let outlook = look_ahead(session, Place { stack, deployment, account }, self.offline)?;
        if self.out.is_none() {
            discard(&outlook)?;
        }
        Ok(outlook)
    }

    /// Saves the plan of all stacks of an environment, or of none: then their change sets are thrown away.
    fn save(&self, seen: Vec<Forecast<'_>>, path: &str) -> Result<(), Failure> {
        let Some(session) = seen.first().map(|forecast| forecast.session) else { return Ok(()) };
        let whole = seen.iter().all(|forecast| forecast.result.is_ok());
        let outlooks: Vec<Outlook<'_>> = seen.into_iter().filter_map(|forecast| forecast.result.ok()).collect();
        let unknown = outlooks.iter().find_map(unknown);
        if !whole || unknown.is_some() {
            outlooks.iter().try_for_each(discard)?;
        }
        if let Some(why) = unknown {
            return Err(refused(format!(
                "this plan cannot be saved: {why}\n  help: run `tidegate deploy` without a plan"
            )));
        }
        let Some(first) = outlooks.first().filter(|_| whole) else { return Ok(()) };
        let caller = first.place.account.caller().map_err(|error| failed(&error))?;
        let stacks = outlooks
            .iter()
            .map(|outlook| SavedStack::of(&outlook.place.account, &outlook.plan, &outlook.place.deployment.region));
        let document = session.project.input.file.path();
        let saved = SavedPlan {
            environment: first.place.deployment.environment.clone(),
            at: host::now(),
            by: caller.arn,
            document: document.to_owned(),
            document_digest: digest_of(session),
            stacks: stacks.collect::<Result<_, _>>().map_err(|error| failed(&error))?,
        };
        host::write_file(std::path::Path::new(path), &format!("{:#}\n", saved.to_json()))
            .map_err(Failure::environment)?;
        let file = if document == "pipeline.yaml" { String::new() } else { format!(" --file {document}") };
        host::tell(&format!("saved: `tidegate deploy --plan {path}{file}` applies exactly this"));
        Ok(())
    }
}

fn discard(outlook: &Outlook<'_>) -> Result<(), Failure> {
    reconcile::discard(&outlook.place.account, &outlook.plan).map_err(|error| failed(&error))
}

/// Why there is no change set that could be executed later.
fn unknown(outlook: &Outlook<'_>) -> Option<String> {
    let name = &outlook.place.deployment.stack_name;
    match &outlook.how {
        How::ChangeSet => None,
        How::Awaits(first) => Some(format!("{name} is known only when {first} is deployed")),
        How::Templates(why) => Some(format!("{name} has no change set to be applied: {why}")),
    }
}

/// Of the document's text.
pub(super) fn digest_of(session: &Session) -> String {
    sha256(session.project.input.file.text())
}

fn heading(outlook: &Outlook<'_>) -> String {
    match &outlook.how {
        How::Awaits(first) => format!("known when {first} is deployed, which gives what this stack reads"),
        _ => counted(&outlook.plan),
    }
}

fn counted(plan: &Plan) -> String {
    match (plan.creates, plan.changes.len()) {
        (true, count) => format!("a new stack with {count} resources"),
        (false, 0) => "nothing to change".to_owned(),
        (false, 1) => "1 change".to_owned(),
        (false, count) => format!("{count} changes"),
    }
}

fn sign(planned: &PlannedChange) -> char {
    match planned.change.action {
        ChangeAction::Add | ChangeAction::Import => '+',
        ChangeAction::Modify | ChangeAction::Dynamic => '~',
        ChangeAction::Remove => '-',
    }
}

/// Progress, beside the results.
pub(super) fn tell(progress: Progress) {
    let text = match progress {
        Progress::Planning => "CloudFormation makes a change set …".to_owned(),
        Progress::Following(status) => format!("an earlier operation is followed to its end ({status}) …"),
        Progress::Executing => "CloudFormation executes the change set …".to_owned(),
        Progress::Protection(protected) => {
            format!("termination protection is {}", if protected { "on" } else { "off" })
        }
        Progress::Event(event, origin) => {
            let reason = event.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let origin = origin.map(|origin| format!("  {}", place_of(&origin))).unwrap_or_default();
            let time = event.time.get(11..19).unwrap_or(&event.time).to_owned();
            format!("{time}  {:<28} {} {}{origin}{reason}", event.status, event.resource_type, event.logical_id)
        }
    };
    host::tell(&text);
}

/// For the command that goes on from here.
pub(super) fn refused(message: impl Into<String>) -> Failure {
    Failure { message: message.into(), exit: Exit::Failed }
}
