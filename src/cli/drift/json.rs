//! Drift for programs.

use serde_json::json;

use super::acceptances::Acceptances;
use super::{Seen, calls, coverage};
use crate::cloud::CloudError;
use crate::desired::{Acceptance, Deployment};
use crate::reconcile::{Coverage, Difference, Outcome as Looked, ResourceDrift, Unchecked};

/// The JSON of `drift`; a public interface, with its version.
pub(super) fn document(seen: &[Seen<'_>], acceptances: &Acceptances<'_>, ledger: bool) -> serde_json::Value {
    let stacks = seen.iter().map(|seen| {
        let Deployment { stack_name, environment, account, region, .. } = seen.deployment;
        let declared = Coverage::declared(seen.drifts());
        let state = seen.result.as_ref().ok().and_then(|inspection| inspection.state.as_ref());
        json!({
            "document": seen.path(),
            "stack": stack_name,
            "environment": environment,
            "account": account,
            "region": region,
            "status": state.map(|state| state.status.as_str()),
            "error": seen.result.as_ref().err().map(CloudError::with_hint),
            "compared": declared.checked(),
            "unchecked": declared.unchecked,
            "coverage": coverage::summary(seen.drifts()),
            "notes": seen.result.as_ref().map_or(&[][..], |inspection| &inspection.notes),
            "resources": seen.drifts().iter().map(|drift| resource(drift, ledger)).collect::<Vec<_>>(),
        })
    });
    let all = |acceptances: &[&Acceptance]| acceptances.iter().map(|known| acceptance(known)).collect::<Vec<_>>();
    json!({
        "version": 1,
        "calls": calls::of(seen),
        "stacks": stacks.collect::<Vec<_>>(),
        "expired_acceptances": all(&acceptances.expired),
        "needless_acceptances": all(&acceptances.needless),
    })
}

fn resource(drift: &ResourceDrift, ledger: bool) -> serde_json::Value {
    let (class, reason) = match &drift.outcome {
        Looked::Compared => ("compared", None),
        Looked::Deleted => ("deleted", None),
        Looked::NotDeployed => ("not-deployed", None),
        Looked::NotCheckable(reason) => ("not-checkable", Some(reason)),
    };
    let mut resource = json!({
        "logical_id": drift.logical_id,
        "type": drift.resource_type,
        "thing": drift.thing,
        "physical_id": drift.physical_id,
        "class": class,
        "reason": reason,
        "accepted": drift.accepted.as_ref().map(acceptance),
        "compared": drift.compared,
        "differences": drift.differences.iter().map(difference).collect::<Vec<_>>(),
        "pending": drift.pending.iter().map(difference).collect::<Vec<_>>(),
        "unchecked": drift.unchecked.iter().map(unchecked).collect::<Vec<_>>(),
    });
    if ledger {
        resource["ledger"] = drift.ledger.iter().map(coverage::entry).collect();
    }
    resource
}

fn difference(difference: &Difference) -> serde_json::Value {
    let position = difference.origin.span.start_position();
    json!({
        "pointer": difference.pointer,
        "property": difference.path,
        "wanted": difference.wanted,
        "live": difference.live,
        "accepted": difference.accepted.as_ref().map(acceptance),
        "class": difference.class.word(),
        "help": difference.class.help(),
        "path": difference.origin.span.path(),
        "line": position.line,
        "column": position.column,
    })
}

fn acceptance(acceptance: &Acceptance) -> serde_json::Value {
    json!({
        "thing": acceptance.thing,
        "resource": acceptance.resource,
        "property": acceptance.property,
        "owner": acceptance.owner,
        "reason": acceptance.reason,
        "until": acceptance.until.value,
        "line": acceptance.span.start_position().line,
    })
}

fn unchecked(unchecked: &Unchecked) -> serde_json::Value {
    json!({ "pointer": unchecked.pointer, "reason": unchecked.reason })
}
