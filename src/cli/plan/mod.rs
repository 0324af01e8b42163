//! `tidegate plan`

mod markdown;
mod outlook;
mod text;

use clap::Args;
use serde_json::{Value as Json, json};

use super::account::{AccountArguments, Session, failed, place_of};
use super::{Arguments, Exit, Failure, Outcome};
use crate::cloud::{ChangeAction, Look};
use crate::host;
use crate::reconcile::{self, Plan, PlannedChange, Progress, SavedPlan, SavedStack};
use crate::review;
use crate::source::sha256;

pub(super) use outlook::deepened;
use outlook::{How, Outlook, look_ahead};
pub(super) use text::text;

/// Show what a deployment would change and what that means
///
/// CloudFormation makes a change set, which is thrown away; Tidegate adds what it does not say: what restarts without its
/// state, who may do more than before, what cannot be taken back, what costs more. Every change is led back to the line
/// that asks for it. Nothing is executed. Where the rights for a change set are missing, the templates alone are compared.
#[derive(Args)]
pub(super) struct PlanCommand {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
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

impl Arguments for PlanCommand {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        if self.out.is_some() && self.stack.is_none() {
            return Err(Failure::usage(
                "a saved plan is of one environment: name it, e.g. `tidegate plan prod --out FILE`",
            ));
        }
        let mut outlooks = Vec::new();
        for place in session.places(self.stack.as_deref())? {
            let outlook = look_ahead(&session, place, self.offline)?;
            if self.out.is_none() {
                reconcile::discard(&outlook.place.account, &outlook.plan).map_err(|error| failed(&error))?;
            }
            outlooks.push(outlook);
        }
        match self.format.as_str() {
            "json" => host::print(&format!("{:#}\n", document(&outlooks))),
            "markdown" => host::print(&markdown::render(&outlooks)),
            _ => outlooks.iter().for_each(|outlook| host::print(&text::render(outlook))),
        }
        if let Some(path) = &self.out {
            self.save(&session, &outlooks, path)?;
        }
        let changes = outlooks.iter().any(|outlook| match outlook.how {
            How::Awaits(_) => true,
            _ => !outlook.plan.changes.is_empty() || !outlook.plan.is_empty(),
        });
        Ok(if changes && self.detailed_exitcode { Exit::Different } else { Exit::Clean })
    }
}

impl PlanCommand {
    fn save(&self, session: &Session, outlooks: &[Outlook<'_>], path: &str) -> Result<(), Failure> {
        for outlook in outlooks {
            let name = &outlook.place.deployment.stack_name;
            let why = match &outlook.how {
                How::ChangeSet => continue,
                How::Awaits(first) => format!("{name} is known only when {first} is deployed"),
                How::Templates(why) => format!("{name} has no change set to be applied: {why}"),
            };
            outlooks.iter().try_for_each(|outlook| {
                reconcile::discard(&outlook.place.account, &outlook.plan).map_err(|error| failed(&error))
            })?;
            return Err(refused(format!(
                "this plan cannot be saved: {why}\n  help: run `tidegate deploy` without a plan"
            )));
        }
        let Some(first) = outlooks.first() else { return Ok(()) };
        let caller = first.place.account.caller().map_err(|error| failed(&error))?;
        let stacks = outlooks
            .iter()
            .map(|outlook| SavedStack::of(&outlook.place.account, &outlook.plan, &outlook.place.deployment.region));
        let saved = SavedPlan {
            environment: first.place.deployment.environment.clone(),
            at: host::now(),
            by: caller.arn,
            document: session.project.input.file.path().to_owned(),
            document_digest: digest_of(session),
            stacks: stacks.collect::<Result<_, _>>().map_err(|error| failed(&error))?,
        };
        host::write_file(std::path::Path::new(path), &format!("{:#}\n", saved.to_json()))
            .map_err(Failure::environment)?;
        host::tell(&format!("saved: `tidegate deploy --plan {path}` applies exactly this"));
        Ok(())
    }
}

/// Of the document's text.
pub(super) fn digest_of(session: &Session) -> String {
    sha256(session.project.input.file.text())
}

/// The JSON of `plan`; a public interface, with its version.
fn document(outlooks: &[Outlook<'_>]) -> Json {
    let stacks = outlooks.iter().map(|outlook| {
        let (deployment, plan) = (outlook.place.deployment, &outlook.plan);
        let (by, reason) = match &outlook.how {
            How::ChangeSet => ("change-set", None),
            How::Templates(why) => ("templates", Some(why)),
            How::Awaits(first) => ("nothing", Some(first)),
        };
        json!({
            "stack": deployment.stack_name,
            "environment": deployment.environment,
            "account": deployment.account,
            "region": deployment.region,
            "by": by,
            "reason": reason,
            "creates": plan.creates,
            "protection": plan.protection,
            "changes": reconcile::changes(plan),
        })
    });
    json!({ "version": 1, "facts": review::facts_date(), "stacks": stacks.collect::<Vec<_>>() })
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
