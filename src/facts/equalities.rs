//! What the schemas of resource types say of values that mean the same: `equalities.json`, by `recipe.py`.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

/// Of one resource type. Pointers are JSON pointers below the properties, with `*` for every item of a list.
#[derive(Debug, Default)]
pub struct Equalities {
    /// What AWS has where a template says nothing.
    pub defaults: Vec<(String, Json)>,
    /// Texts whose case says nothing.
    pub any_case: Vec<String>,
    /// An ARN on one side may be the last part of it on the other.
    pub arn_or_id: Vec<String>,
    /// Lists whose order says nothing, beside those of [`super::resources::ResourceType::unordered`].
    pub sets: Vec<String>,
    /// What the schema says in a language that is not read here.
    pub left: Vec<String>,
}

static EQUALITIES: LazyLock<IndexMap<String, Equalities>> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("equalities.json")).unwrap_or_default();
    let types = json["types"].as_object().into_iter().flatten();
    types.map(|(name, entry)| (name.clone(), read(entry))).collect()
});

/// What the schema of a type says; `None` when it says nothing.
pub fn get(resource_type: &str) -> Option<&'static Equalities> {
    EQUALITIES.get(resource_type)
}

fn read(entry: &Json) -> Equalities {
    let texts =
        |key: &str| entry[key].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
    let defaults = entry["defaults"].as_object().into_iter().flatten();
    Equalities {
        defaults: defaults.map(|(pointer, value)| (pointer.clone(), value.clone())).collect(),
        any_case: texts("any_case"),
        arn_or_id: texts("arn_or_id"),
        sets: texts("sets"),
        left: texts("left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{resources, schema};

    #[test]
    fn every_place_is_one_of_its_type() {
        assert!(EQUALITIES.len() > 30);
        for (name, equalities) in EQUALITIES.iter() {
            assert!(resources::get(name).is_some(), "{name}");
            let schema = schema::get(name).unwrap();
            let Equalities { defaults, any_case, arn_or_id, sets, .. } = equalities;
            let defaults = defaults.iter().map(|(pointer, _)| pointer);
            for pointer in defaults.chain(any_case).chain(sets) {
                assert!(schema.at(pointer).is_some(), "{name}{pointer}");
            }
            assert!(arn_or_id.iter().all(|pointer| pointer.starts_with('/')), "{name}");
        }
    }

    #[test]
    fn what_schemas_say_is_there() {
        let stream = get("AWS::Kinesis::Stream").unwrap();
        assert!(stream.defaults.iter().any(|(pointer, value)| pointer == "/StreamModeDetails" && value.is_object()));
        let mapping = get("AWS::Lambda::EventSourceMapping").unwrap();
        assert!(mapping.arn_or_id.contains(&"/FunctionName".to_owned()));
        assert!(get("AWS::Lambda::Function").unwrap().sets.contains(&"/VpcConfig/SubnetIds".to_owned()));
        assert!(get("AWS::Nothing::Here").is_none());
    }
}
