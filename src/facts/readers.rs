//! By which actions resources are read beside what their read handlers state: `readers.json`.
//!
//! The readers themselves are elsewhere; a test beside them compares their calls with this table.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::resources::Provenance;

struct Readers {
    types: IndexMap<String, Vec<String>>,
    provenance: Provenance,
}

static READERS: LazyLock<Readers> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("readers.json")).unwrap_or_default();
    let texts =
        |list: &Json| list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
    let types = json["types"].as_object().into_iter().flatten();
    let word = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    Readers {
        types: types.map(|(name, actions)| (name.clone(), texts(actions))).collect(),
        provenance: Provenance { source: word("source"), date: word("date") },
    }
});

/// The actions of the calls that read resources of a type; none where its read handler does it all.
pub fn actions(resource_type: &str) -> Vec<String> {
    READERS.types.get(resource_type).cloned().unwrap_or_default()
}

/// The types that have readers of their own.
pub fn types() -> impl Iterator<Item = &'static str> {
    READERS.types.keys().map(String::as_str)
}

pub fn provenance() -> &'static Provenance {
    &READERS.provenance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::iam;

    #[test]
    fn every_action_is_one_of_iam_and_reads() {
        assert_eq!(provenance().date.len(), 10);
        for name in types() {
            assert!(name.starts_with("AWS::"), "{name}");
            for action in actions(name) {
                let (service, operation) = action.split_once(':').expect("a service and a name");
                assert!(iam::service(service).is_none_or(|service| service.has(operation)), "{action}");
                let reads = ["BatchGet", "Describe", "Get", "List"];
                assert!(reads.iter().any(|start| operation.starts_with(start)), "{action}");
            }
        }
        assert!(actions("AWS::CloudWatch::Alarm").contains(&"cloudwatch:DescribeAlarms".to_owned()));
        assert!(actions("AWS::Nothing::Here").is_empty());
    }
}
