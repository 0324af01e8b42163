//! How much was looked at: the share of a report, and the ledger behind it.

use serde_json::json;

use crate::cli::{Exit, Outcome};
use crate::host;
use crate::reconcile::{Coverage, Entry, ResourceDrift, State, by_kind, reasons};

/// The last line of a report.
pub(super) fn share(drifts: &[ResourceDrift]) -> String {
    let Coverage { compared, hashed, defaulted, unchecked } = Coverage::of(drifts);
    let declared = Coverage::declared(drifts);
    let digests = if hashed > 0 { format!("{hashed} by digest, ") } else { String::new() };
    format!(
        "  {} of {} values of the template compared ({} %)\n  coverage of all properties: {} % \
         ({compared} compared, {digests}{defaulted} as AWS has it by default, {unchecked} not checkable)",
        declared.checked(),
        declared.all(),
        declared.percent(),
        Coverage::of(drifts).percent(),
    )
}

/// The coverage of each kind of thing, and why the rest is not checkable.
pub(super) fn ledger(drifts: &[ResourceDrift]) -> String {
    let mut lines = vec![format!(
        "  {:<16} {:>8} {:>9} {:>7} {:>10} {:>14}",
        "kind", "coverage", "compared", "hashed", "defaulted", "not checkable"
    )];
    lines.extend(by_kind(drifts).into_iter().map(|(kind, coverage)| {
        let Coverage { compared, hashed, defaulted, unchecked } = coverage;
        let percent = format!("{} %", coverage.percent());
        format!("  {kind:<16} {percent:>8} {compared:>9} {hashed:>7} {defaulted:>10} {unchecked:>14}")
    }));
    lines.extend(reasons(drifts).into_iter().map(|(reason, count)| format!("  {count} not checkable: {reason}")));
    lines.join("\n")
}

pub(super) fn summary(drifts: &[ResourceDrift]) -> serde_json::Value {
    let coverage = Coverage::of(drifts);
    json!({
        "percent": coverage.percent(),
        "compared": coverage.compared,
        "hashed": coverage.hashed,
        "defaulted": coverage.defaulted,
        "not_checkable": coverage.unchecked,
    })
}

pub(super) fn entry(entry: &Entry) -> serde_json::Value {
    let reason = match &entry.state {
        State::NotCheckable(reason) => Some(reason),
        _ => None,
    };
    json!({
        "pointer": entry.pointer,
        "state": entry.state.word(),
        "declared": entry.declared,
        "reason": reason,
    })
}

/// Fails when less than `percent` was looked at, and names what is worst.
pub(super) fn require(percent: u8, drifts: &[ResourceDrift]) -> Outcome {
    let coverage = Coverage::of(drifts);
    if coverage.percent() >= usize::from(percent) {
        return Ok(Exit::Clean);
    }
    let worst = by_kind(drifts).into_iter().take(3).map(|(kind, share)| {
        format!("{kind} ({} %, {} of {} not checkable)", share.percent(), share.unchecked, share.all())
    });
    host::tell(&format!(
        "the coverage is {} %, but {percent} % is required; the worst are {}\n  help: `tidegate drift --ledger` says \
         why each property is not checkable",
        coverage.percent(),
        worst.collect::<Vec<_>>().join(", ")
    ));
    Ok(Exit::Environment)
}
