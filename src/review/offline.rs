//! A plan without a change set: what the templates alone say.

use serde_json::Value as Json;

use super::{Action, Changed, Reviewed, add_effects};
use crate::cloud::{Cause, Change, ChangeAction, ChangeDetail, Recreation, Replacement};
use crate::desired::Stack;
use crate::reconcile::{Plan, judge};

/// Fills a plan that has nothing in it yet. It cannot be applied, because there is no change set.
pub fn offline(mut plan: Plan, stack: &Stack, creates: bool, reviewed: &[Reviewed]) -> Plan {
    plan.creates = creates;
    plan.changes = reviewed
        .iter()
        .map(|seen| {
            let mut planned = judge(stack, change(seen));
            planned.details = seen.changed.iter().map(|changed| changed.origin.clone()).collect();
            add_effects(&mut planned, &seen.effects);
            planned
        })
        .collect();
    plan
}

fn change(seen: &Reviewed) -> Change {
    let (action, replacement) = match seen.action {
        Action::Add => (ChangeAction::Add, Replacement::Never),
        Action::Modify => (ChangeAction::Modify, Replacement::Never),
        Action::Replace => (ChangeAction::Modify, Replacement::Always),
        Action::PerhapsReplace => (ChangeAction::Modify, Replacement::Conditional),
        Action::Remove => (ChangeAction::Remove, Replacement::Never),
    };
    Change {
        action,
        logical_id: seen.logical_id.clone(),
        physical_id: seen.physical_id.clone(),
        resource_type: seen.resource_type.clone(),
        replacement,
        scope: if seen.changed.is_empty() { Vec::new() } else { vec!["Properties".to_owned()] },
        policy_action: seen.policy.map(str::to_owned),
        details: seen.changed.iter().map(detail).collect(),
    }
}

fn detail(changed: &Changed) -> ChangeDetail {
    ChangeDetail {
        attribute: "Properties".to_owned(),
        pointer: changed.pointer.clone(),
        recreation: Recreation::Never,
        before: text(&changed.before),
        after: text(&changed.after),
        cause: Cause::Direct,
    }
}

pub(super) fn text(value: &Option<Json>) -> Option<String> {
    Some(match value {
        None => "nothing".to_owned(),
        Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    })
}
