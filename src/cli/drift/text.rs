//! Drift as text for a person.

use super::{Seen, coverage};
use crate::cli::account::place_of;
use crate::reconcile::{Class, Difference, Outcome as Looked, ResourceDrift, shown};

pub(super) fn of(seen: &Seen<'_>, ledger: bool) -> String {
    let title = seen.title();
    let inspection = match &seen.result {
        Ok(inspection) => inspection,
        Err(error) => return format!("{title}: could not be looked at, {error}\n"),
    };
    let Some(state) = &inspection.state else {
        return format!("{title}: not deployed\n");
    };
    let drifted = inspection.drifts.iter().filter(|drift| drift.drifted()).count();
    let accepted = inspection.drifts.iter().map(accepted).sum();
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
    let mut lines = vec![format!("{title}, {}: {verdict}", state.status)];
    for drift in &inspection.drifts {
        let name = format!("{} {} ({})", drift.resource_type, drift.logical_id, drift.thing);
        lines.push(match &drift.outcome {
            Looked::Compared => {
                let mark = match (drift.drifted(), drift.all().next()) {
                    (true, _) => '~',
                    (false, Some(_)) => '+',
                    (false, None) => '=',
                };
                format!("  {mark} {name}: {} values compared", drift.compared)
            }
            Looked::Deleted => match &drift.accepted {
                Some(acceptance) => format!("  a {name}: deleted behind CloudFormation's back, {}", acceptance.told()),
                None => format!("  - {name}: deleted behind CloudFormation's back"),
            },
            Looked::NotDeployed => format!("  . {name}: not deployed"),
            Looked::NotCheckable(reason) => format!("  ? {name}: not checkable, {reason}"),
        });
        lines.extend(drift.all().map(line));
        if matches!(drift.outcome, Looked::Compared) {
            lines.extend(
                drift.unchecked.iter().map(|unchecked| format!("      ? {}: {}", unchecked.pointer, unchecked.reason)),
            );
        }
    }
    lines.extend(inspection.notes.iter().map(|note| format!("  note: {note}")));
    lines.push(coverage::share(&inspection.drifts));
    if ledger {
        lines.push(coverage::ledger(&inspection.drifts));
    }
    lines.join("\n") + "\n"
}

/// One line over all stacks.
pub(super) fn summary(seen: &[Seen<'_>]) -> String {
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let failed = seen.iter().filter(|seen| seen.result.is_err()).count();
    let absent = seen.iter().filter(|seen| seen.result.as_ref().is_ok_and(|it| it.state.is_none())).count();
    let drifted: usize = seen.iter().flat_map(Seen::drifts).filter(|drift| drift.drifted()).count();
    let mut parts = vec![count(seen.len(), "stack", "stacks")];
    if drifted > 0 {
        parts.push(count(drifted, "resource differs", "resources differ"));
    } else {
        parts.push("nothing that was compared differs".to_owned());
    }
    parts.extend((absent > 0).then(|| format!("{absent} not deployed")));
    parts.extend((failed > 0).then(|| format!("{failed} could not be looked at")));
    format!("{}\n", parts.join(", "))
}

/// How many differences of a resource somebody has accepted.
fn accepted(drift: &ResourceDrift) -> usize {
    let differences = drift.differences.iter().filter(|difference| difference.accepted.is_some()).count();
    differences + usize::from(drift.accepted.is_some())
}

/// One difference, with what each side of it says, and what to do where that is not plain.
fn line(difference: &Difference) -> String {
    let Difference { path, wanted, live, origin, class, accepted, .. } = difference;
    let (wanted, live) = (shown(wanted.as_ref()), shown(live.as_ref()));
    let said = match class {
        Class::OutOfBand if difference.is_gone() => format!("is gone, {wanted} is wanted"),
        Class::OutOfBand => format!("{wanted} is wanted, {live} is live"),
        Class::Legitimate(who) => format!("{wanted} is wanted, {live} is live, legitimately: {who}"),
        Class::StaleRender => format!("{wanted} is wanted, {live} is generated: run `tidegate render`"),
        Class::PendingDeploy => format!("{wanted} is wanted, {live} is deployed: it waits for a deployment"),
        Class::InPipeline(what) => format!("{wanted} is wanted, {live} is deployed: {what}"),
    };
    match accepted {
        Some(acceptance) => format!("      a {path}: {said}  {}, {}", place_of(origin), acceptance.told()),
        None => format!("      {path}: {said}  {}", place_of(origin)),
    }
}
