//! A plan for a person.

use super::outlook::How;
use super::{Forecast, counted, heading, place_of, sign};
use crate::cloud::{Cause, ChangeAction};
use crate::reconcile::{Plan, PlannedChange};

use super::super::account::Place;

pub(super) fn render(forecast: &Forecast<'_>) -> String {
    let Ok(outlook) = &forecast.result else { return format!("{}: could not be planned\n", forecast.title()) };
    let why = match &outlook.how {
        How::Templates(why) => format!("  by the templates alone: {why}\n"),
        How::ChangeSet | How::Awaits(_) => String::new(),
    };
    let lines = lines(&outlook.plan);
    format!("{}: {}\n{why}{lines}", forecast.title(), heading(outlook))
}

/// What is about to be deployed.
pub(in super::super) fn text(place: &Place<'_>, plan: &Plan) -> String {
    format!("{}: {}\n{}", place.title(), counted(plan), lines(plan))
}

fn lines(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan.changes.iter().flat_map(change_lines).collect();
    if let Some(protected) = plan.protection {
        let word = if protected { "on" } else { "off" };
        lines.push(format!("  ~ termination protection is switched {word}"));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn change_lines(planned: &PlannedChange) -> Vec<String> {
    let change = &planned.change;
    let origin = planned.origin.as_ref().map(|origin| format!("  {}", place_of(origin))).unwrap_or_default();
    let mut lines = vec![format!("  {} {} {}{origin}", sign(planned), change.resource_type, change.logical_id)];
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
    lines.extend(planned.dangers.iter().map(|danger| format!("    ! {danger}")));
    lines.extend(planned.notes.iter().map(|note| format!("    . {note}")));
    lines
}
