//! Attributes of resources that follow from what is known: their formats are data.

use std::sync::LazyLock;

use serde_json::Value as Json;

static ATTRIBUTES: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("attributes.json")).unwrap_or_default());

/// How an attribute is made of `${Partition}`, `${Region}`, `${Account}`, `${UrlSuffix}`, the physical id `${Id}`,
/// and properties, `${/Name}` or with a default `${/Name|default}`. `None`: only AWS knows it.
pub(super) fn format(resource_type: &str, attribute: &str) -> Option<&'static str> {
    ATTRIBUTES["types"][resource_type][attribute].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::resources;

    #[test]
    fn every_format_is_of_a_type_and_attribute_that_exist() {
        let types = ATTRIBUTES["types"].as_object().unwrap();
        assert!(types.len() > 10);
        for (name, attributes) in types {
            let facts = resources::get(name).unwrap_or_else(|| panic!("{name}"));
            for attribute in attributes.as_object().unwrap().keys() {
                let returned = facts.read_only.contains(&format!("/{attribute}"));
                let property = format!("${{/{attribute}}}");
                assert!(returned || attributes[attribute] == property.as_str(), "{name}.{attribute}");
            }
        }
    }
}
