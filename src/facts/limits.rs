//! How much AWS takes of one thing.

use std::sync::LazyLock;

use serde_json::Value as Json;

static LIMITS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("limits.json")).expect("the facts are part of the program"));

/// A quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub most: usize,
    /// `resources`
    pub what: &'static str,
    /// More than this takes another way, and is not refused.
    pub passable: bool,
}

/// The limit with a name of `limits.json`; the test sees that every name that is asked for is there.
pub fn limit(name: &str) -> Limit {
    let facts = &LIMITS["limits"][name];
    let most = facts["most"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    Limit { most, what: facts["what"].as_str().unwrap_or_default(), passable: facts["passable"] == Json::Bool(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_aws_says() {
        assert_eq!(limit("resources"), Limit { most: 500, what: "resources", passable: false });
        assert!(limit("template-bytes-in-a-call").passable);
        for name in LIMITS["limits"].as_object().expect("an object").keys() {
            assert!(limit(name).most < usize::MAX && !limit(name).what.is_empty(), "{name}");
        }
    }
}
