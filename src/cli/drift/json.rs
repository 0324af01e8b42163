//! Drift for programs.

use serde_json::json;

use super::Seen;
use crate::reconcile::{Coverage, Difference, Outcome as Looked, ResourceDrift, Unchecked};

/// The JSON of `drift`; a public interface, with its version.
pub(super) fn document(seen: &[Seen<'_>]) -> serde_json::Value {
    let stacks = seen.iter().map(|Seen { place, inspection }| {
        let coverage = Coverage::of(&inspection.drifts);
        json!({
            "stack": place.deployment.stack_name,
            "environment": place.deployment.environment,
            "account": place.deployment.account,
            "region": place.deployment.region,
            "status": inspection.state.as_ref().map(|state| state.status.clone()),
            "compared": coverage.compared,
            "unchecked": coverage.unchecked,
            "resources": inspection.drifts.iter().map(resource).collect::<Vec<_>>(),
        })
    });
    json!({ "version": 1, "stacks": stacks.collect::<Vec<_>>() })
}

fn resource(drift: &ResourceDrift) -> serde_json::Value {
    let (class, reason) = match &drift.outcome {
        Looked::Compared => ("compared", None),
        Looked::Deleted => ("deleted", None),
        Looked::NotDeployed => ("not-deployed", None),
        Looked::NotCheckable(reason) => ("not-checkable", Some(reason)),
    };
    json!({
        "logical_id": drift.logical_id,
        "type": drift.resource_type,
        "thing": drift.thing,
        "physical_id": drift.physical_id,
        "class": class,
        "reason": reason,
        "compared": drift.compared,
        "differences": drift.differences.iter().map(difference).collect::<Vec<_>>(),
        "unchecked": drift.unchecked.iter().map(unchecked).collect::<Vec<_>>(),
    })
}

fn difference(difference: &Difference) -> serde_json::Value {
    let position = difference.origin.span.start_position();
    json!({
        "pointer": difference.pointer,
        "property": difference.path,
        "wanted": difference.wanted,
        "live": difference.live,
        "path": difference.origin.span.path(),
        "line": position.line,
        "column": position.column,
    })
}

fn unchecked(unchecked: &Unchecked) -> serde_json::Value {
    json!({ "pointer": unchecked.pointer, "reason": unchecked.reason })
}
