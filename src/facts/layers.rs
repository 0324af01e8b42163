//! Which resources outlive the code that uses them, and which of their values follow from their names.

use std::sync::LazyLock;

use serde_json::Value as Json;

static LAYERS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("layers.json")).expect("the facts are part of the program"));

/// Whether a resource of this type holds data, or is what others are known by. `own` says that it is what its thing is,
/// and not one that comes with it.
pub fn is_kept(resource_type: &str, own: bool) -> bool {
    LAYERS["kept"].get(resource_type).is_some_and(|facts| own || facts["own"] != Json::Bool(true))
}

/// Whether a resource of this type is a setting of another, and kept when all that it names is.
pub fn is_following(resource_type: &str) -> bool {
    lists("following", resource_type)
}

/// Whether a type changes with every release of code, so that it must not stand beside what is kept.
pub fn is_changing(resource_type: &str) -> bool {
    lists("changing", resource_type)
}

fn lists(key: &str, resource_type: &str) -> bool {
    LAYERS[key].as_array().is_some_and(|types| types.iter().any(|known| known == resource_type))
}

/// The pointer to the name of a resource, and how a value is made of it: a text for `Fn::Sub` in which `{name}` stands for
/// the name. `attribute` is that of `Fn::GetAtt`, or `Ref`. `None` for what only AWS knows.
pub fn by_name(resource_type: &str, attribute: &str) -> Option<(&'static str, &'static str)> {
    let facts = &LAYERS["kept"][resource_type];
    Some((facts["name"].as_str()?, facts["values"][attribute].as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::resources;

    #[test]
    fn every_name_and_value_is_of_a_type_that_has_it() {
        for (resource_type, kept) in LAYERS["kept"].as_object().expect("an object") {
            let facts = resources::get(resource_type).unwrap_or_else(|| panic!("{resource_type}"));
            assert!(!is_changing(resource_type), "{resource_type}");
            for attribute in kept["values"].as_object().into_iter().flat_map(|values| values.keys()) {
                let is_property = kept["name"].as_str().is_some_and(|name| name == format!("/{attribute}"));
                let is_returned = facts.read_only.contains(&format!("/{attribute}"));
                assert!(attribute == "Ref" || is_property || is_returned, "{resource_type}.{attribute}");
            }
        }
        let listed = ["changing", "following"].into_iter().flat_map(|key| LAYERS[key].as_array().expect("a list"));
        for resource_type in listed {
            let name = resource_type.as_str().expect("a type");
            assert!(resources::get(name).is_some(), "{name}");
        }
    }
}
