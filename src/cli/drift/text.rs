//! Drift as text for a person.

use super::Seen;
use crate::cli::account::place_of;
use crate::reconcile::{Coverage, Outcome as Looked, ResourceDrift};

pub(super) fn of(seen: &Seen<'_>) -> String {
    let Seen { place, inspection } = seen;
    let Some(state) = &inspection.state else {
        return format!("{}: not deployed\n", place.title());
    };
    let drifted = inspection.drifts.iter().filter(|drift| drift.drifted()).count();
    let accepted = inspection.drifts.iter().map(accepted).sum();
    let coverage = Coverage::of(&inspection.drifts);
    let verdict = match drifted {
        0 => "nothing that was compared differs".to_owned(),
        1 => "1 resource differs".to_owned(),
        count => format!("{count} resources differ"),
    };
    let verdict = match accepted {
        0 => verdict,
        1 => format!("{verdict}; 1 difference is accepted"),
        count => format!("{verdict}; {count} differences are accepted"),
    };
    let mut lines = vec![format!("{}, {}: {verdict}", place.title(), state.status)];
    for drift in &inspection.drifts {
        let name = format!("{} {} ({})", drift.resource_type, drift.logical_id, drift.thing);
        lines.push(match &drift.outcome {
            Looked::Compared if !drift.drifted() => {
                format!("  = {name}: {} values compared", drift.compared)
            }
            Looked::Compared => format!("  ~ {name}: {} values compared", drift.compared),
            Looked::Deleted => match &drift.accepted {
                Some(acceptance) => format!("  a {name}: deleted behind CloudFormation's back, {}", acceptance.told()),
                None => format!("  - {name}: deleted behind CloudFormation's back"),
            },
            Looked::NotDeployed => format!("  . {name}: not deployed"),
            Looked::NotCheckable(reason) => format!("  ? {name}: not checkable, {reason}"),
        });
        lines.extend(drift.differences.iter().map(|difference| {
            let sign = if difference.accepted.is_some() { "a " } else { "" };
            let told = difference.accepted.as_ref().map(|acceptance| format!(", {}", acceptance.told()));
            format!(
                "      {sign}{}: {} is wanted, {} is live  {}{}",
                difference.path,
                shown(difference.wanted.as_ref()),
                shown(difference.live.as_ref()),
                place_of(&difference.origin),
                told.unwrap_or_default()
            )
        }));
        if matches!(drift.outcome, Looked::Compared) {
            lines.extend(
                drift.unchecked.iter().map(|unchecked| format!("      ? {}: {}", unchecked.pointer, unchecked.reason)),
            );
        }
    }
    lines.push(format!(
        "  {} of {} values compared ({} %)",
        coverage.compared,
        coverage.compared + coverage.unchecked,
        coverage.percent()
    ));
    lines.join("\n") + "\n"
}

/// How many differences of a resource somebody has accepted.
fn accepted(drift: &ResourceDrift) -> usize {
    let differences = drift.differences.iter().filter(|difference| difference.accepted.is_some()).count();
    differences + usize::from(drift.accepted.is_some())
}

fn shown(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}
