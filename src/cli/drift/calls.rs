//! How many calls a look took.

use std::collections::BTreeMap;

use super::Seen;

/// The calls to each service over all places.
pub(super) fn of(seen: &[Seen<'_>]) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for (service, count) in seen.iter().flat_map(|seen| &seen.calls) {
        *calls.entry(service.clone()).or_default() += count;
    }
    calls
}

/// `41 calls to AWS: 28 cloudcontrolapi, 12 cloudformation, 1 sts`; most first.
pub(super) fn line(seen: &[Seen<'_>], quick: bool) -> String {
    let calls = of(seen);
    let all: usize = calls.values().sum();
    let mut parts: Vec<_> = calls.into_iter().collect();
    parts.sort_by(|(a, left), (b, right)| right.cmp(left).then(a.cmp(b)));
    let parts: Vec<_> = parts.iter().map(|(service, count)| format!("{count} {service}")).collect();
    let calls = if all == 1 { "call" } else { "calls" };
    let quick = match quick {
        true => "; quickly: settings that the document does not mention were not looked for everywhere",
        false => "",
    };
    format!("{all} {calls} to AWS: {}{quick}\n", parts.join(", "))
}
