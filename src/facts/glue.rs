//! How long Glue maintains its versions.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("glue.json")).expect("a test reads this file"));

/// What is known of a version such as `3.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Maintained,
    /// Without patches and support since this date (`YYYY-MM-DD`).
    UnsupportedSince(&'static str),
    /// Not in the list: misspelt, or newer than the facts.
    Unknown,
}

pub fn version(name: &str) -> Version {
    match FACTS["versions"].get(name) {
        None => Version::Unknown,
        Some(facts) => facts["unsupported"].as_str().map_or(Version::Maintained, Version::UnsupportedSince),
    }
}

/// A version to move to that every kind of job knows.
pub fn recommended() -> &'static str {
    FACTS["recommended"].as_str().unwrap_or_default()
}

/// The number before the first point of a version.
pub fn major(name: &str) -> Option<u32> {
    name.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_known_by_name() {
        assert_eq!(version("2.0"), Version::UnsupportedSince("2024-01-31"));
        assert_eq!(version("5.0"), Version::Maintained);
        assert_eq!(version("5"), Version::Unknown);
        assert_eq!(version(recommended()), Version::Maintained);
        assert_eq!((major("5.1"), major("10.0"), major("five")), (Some(5), Some(10), None));
    }
}
