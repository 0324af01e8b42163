//! The periods over which alarms look.

use crate::analysis::value::{items, look};
use crate::desired::Value;

/// The period of an alarm, or of each metric that it reckons with.
pub(super) fn periods(alarm: &Value) -> Vec<&Value> {
    let queries = look(alarm, "/Metrics").found().map(items).unwrap_or_default();
    let of_query = queries.into_iter().flat_map(|query| [look(query, "/MetricStat/Period"), look(query, "/Period")]);
    let all = std::iter::once(look(alarm, "/Period")).chain(of_query);
    all.filter_map(|period| period.found()).collect()
}
