//! Where Firehose comes from when it connects to a warehouse.

use std::sync::LazyLock;

use serde_json::Value as Json;

static FACTS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("firehose.json")).expect("a test reads this file"));

/// The addresses of Firehose in a Region; `None` where AWS publishes none.
pub fn address_block(region: &str) -> Option<&'static str> {
    FACTS["address-blocks"][region].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_region() {
        assert_eq!(address_block("eu-central-1"), Some("35.158.127.160/27"));
        assert_eq!(address_block("eu-central-9"), None);
        let blocks = FACTS["address-blocks"].as_object().expect("an object").values();
        assert!(blocks.filter_map(Json::as_str).all(|block| block.ends_with("/27")));
    }
}
