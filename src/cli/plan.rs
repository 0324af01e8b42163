//! `tidegate plan`

use clap::Args;

use super::account::{AccountArguments, Place, deployment_failed, failed, place_of};
use super::{Arguments, Exit, Failure, Outcome, layers, seed};
use crate::cloud::{Cause, ChangeAction};
use crate::host;
use crate::reconcile::{self, Danger, Plan, PlannedChange, Progress};

/// Show what a deployment would change, by a change set that is thrown away
///
/// Every change is led back to the line that asks for it. Nothing is executed.
#[derive(Args)]
pub(super) struct PlanCommand {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
}

impl Arguments for PlanCommand {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        let mut changes = 0;
        for place in session.places(self.stack.as_deref())? {
            layers::refuse_other_layout(&place)?;
            if let Some(first) = layers::awaited(&session, &place)? {
                host::print(&format!(
                    "{}: known when {first} is deployed, which gives what this stack reads\n",
                    place.title()
                ));
                changes += 1;
                continue;
            }
            let lent = session.lent(&place)?;
            if seed::seed(&session, &place, &lent).is_some() {
                host::print(&offline(&place));
                changes += place.stack.resources.len();
                continue;
            }
            let template = session.template(place.stack);
            let plan = reconcile::plan(&place.account, &place.request(&template, &lent), &mut tell)
                .map_err(|error| deployment_failed(&error))?;
            host::print(&text(&place, &plan));
            changes += plan.changes.len() + usize::from(plan.protection.is_some());
            reconcile::discard(&place.account, &plan).map_err(|error| failed(&error))?;
        }
        Ok(if changes > 0 && self.detailed_exitcode { Exit::Different } else { Exit::Clean })
    }
}

/// A new stack whose template is too long to be sent before its own bucket is there: all of it is added.
fn offline(place: &Place<'_>) -> String {
    let resources = &place.stack.resources;
    let mut lines = vec![format!("{}: a new stack with {} resources", place.title(), resources.len())];
    let added = resources
        .iter()
        .map(|(id, resource)| format!("  + {} {id}  {}", resource.resource_type, place_of(&resource.origin)));
    lines.extend(added);
    lines.sort();
    lines.join("\n") + "\n"
}

/// The plan for a person.
pub(super) fn text(place: &Place<'_>, plan: &Plan) -> String {
    let count = match (plan.creates, plan.changes.len()) {
        (true, count) => format!("a new stack with {count} resources"),
        (false, 0) => "nothing to change".to_owned(),
        (false, 1) => "1 change".to_owned(),
        (false, count) => format!("{count} changes"),
    };
    let mut lines = vec![format!("{}: {count}", place.title())];
    lines.extend(plan.changes.iter().flat_map(change_lines));
    if let Some(protected) = plan.protection {
        let word = if protected { "on" } else { "off" };
        lines.push(format!("  ~ termination protection is switched {word}"));
    }
    lines.join("\n") + "\n"
}

fn change_lines(planned: &PlannedChange) -> Vec<String> {
    let change = &planned.change;
    let sign = match change.action {
        ChangeAction::Add | ChangeAction::Import => '+',
        ChangeAction::Modify | ChangeAction::Dynamic => '~',
        ChangeAction::Remove => '-',
    };
    let origin = planned.origin.as_ref().map(|origin| format!("  {}", place_of(origin))).unwrap_or_default();
    let mut lines = vec![format!("  {sign} {} {}{origin}", change.resource_type, change.logical_id)];
    let mut seen = Vec::new();
    for (detail, origin) in change.details.iter().zip(&planned.details) {
        let what =
            if detail.pointer.is_empty() { detail.attribute.clone() } else { detail.pointer[1..].replace('/', ".") };
        let values = match (&detail.before, &detail.after) {
            (Some(before), Some(after)) => format!(": {before} → {after}"),
            _ => String::new(),
        };
        let cause = match &detail.cause {
            Cause::Direct => origin.as_ref().map(|origin| format!("  {}", place_of(origin))).unwrap_or_default(),
            Cause::Parameter(name) => format!("  because of the parameter {name}"),
            Cause::Resource(name) => format!("  because {name} changes"),
            Cause::Automatic => "  by CloudFormation itself".to_owned(),
        };
        let line = format!("      {what}{values}{cause}");
        if change.action == ChangeAction::Modify && !seen.contains(&line) {
            seen.push(line);
        }
    }
    lines.extend(seen);
    lines.extend(planned.dangers.iter().map(|danger| format!("    ! {}", danger_text(danger))));
    lines
}

pub(super) fn danger_text(danger: &Danger) -> String {
    match danger {
        Danger::Removed => "is removed".to_owned(),
        Danger::Replaced => "is replaced by a new one".to_owned(),
        Danger::MayBeReplaced => "may be replaced by a new one".to_owned(),
        Danger::NameTaken => {
            "CloudFormation refuses this, because the new one would have the name of the old: rename it in the document, \
             or undo the change"
                .to_owned()
        }
        Danger::Loses(what) => format!("loses {what}"),
        Danger::Touches(what) => what.clone(),
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
