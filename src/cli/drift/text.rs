//! Drift as text for a person.

use super::Seen;
use crate::cli::account::place_of;
use crate::reconcile::{Coverage, Outcome as Looked};

pub(super) fn of(seen: &Seen<'_>) -> String {
    let Seen { place, inspection } = seen;
    let Some(state) = &inspection.state else {
        return format!("{}: not deployed\n", place.title());
    };
    let drifted = inspection.drifts.iter().filter(|drift| drift.drifted()).count();
    let coverage = Coverage::of(&inspection.drifts);
    let verdict = match drifted {
        0 => "nothing that was compared differs".to_owned(),
        1 => "1 resource differs".to_owned(),
        count => format!("{count} resources differ"),
    };
    let mut lines = vec![format!("{}, {}: {verdict}", place.title(), state.status)];
    for drift in &inspection.drifts {
        let name = format!("{} {} ({})", drift.resource_type, drift.logical_id, drift.thing);
        lines.push(match &drift.outcome {
            Looked::Compared if drift.differences.is_empty() => {
                format!("  = {name}: {} values compared", drift.compared)
            }
            Looked::Compared => format!("  ~ {name}: {} values compared", drift.compared),
            Looked::Deleted => format!("  - {name}: deleted behind CloudFormation's back"),
            Looked::NotDeployed => format!("  . {name}: not deployed"),
            Looked::NotCheckable(reason) => format!("  ? {name}: not checkable, {reason}"),
        });
        lines.extend(drift.differences.iter().map(|difference| {
            format!(
                "      {}: {} is wanted, {} is live  {}",
                difference.path,
                shown(difference.wanted.as_ref()),
                shown(difference.live.as_ref()),
                place_of(&difference.origin)
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

fn shown(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}
