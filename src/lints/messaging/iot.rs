//! The actions of IoT rules.

use crate::analysis::value::{alternatives, entries, items, look};
use crate::desired::Value;

/// Every action of a topic rule and that for errors: the name of its kind, e.g. `Kinesis`, and what is said of it.
pub(super) fn actions(rule: &Value) -> Vec<(&str, &Value)> {
    let listed = look(rule, "/TopicRulePayload/Actions").found().map(items).unwrap_or_default();
    let for_errors = look(rule, "/TopicRulePayload/ErrorAction").found().map(alternatives).unwrap_or_default();
    let kinds = listed.into_iter().chain(for_errors).flat_map(entries);
    kinds.map(|(kind, action)| (kind.as_str(), action)).collect()
}
