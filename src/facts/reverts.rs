//! How a live resource is put back to what its template says, where CloudFormation or Cloud Control cannot do it.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::resources;

/// Calls to a service's own API that put properties of one resource type back.
#[derive(Debug)]
pub struct Repair {
    /// JSON pointers below the properties.
    pub properties: Vec<String>,
    /// Which changes it takes back; `None`: all.
    pub of: Option<ChangeKind>,
    /// What it does that a person should know of before.
    pub disturbs: Option<String>,
    /// The job is restarted; from a snapshot if the property at this pointer says so, else without its state.
    pub restarts: Option<String>,
    /// The calls are made for each item of the list at this pointer; `$wanted` and `$live` are the difference's sides.
    pub each: Option<String>,
    pub calls: Vec<CallPattern>,
}

/// What happened to a value behind the template's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The template asks for nothing there.
    Added,
    /// What the template asks for is not there.
    Removed,
    Changed,
}

/// A call with places to be filled.
#[derive(Debug)]
pub struct CallPattern {
    pub service: String,
    pub operation: String,
    /// A text `${id}` stands for the physical id and `${item}` for an item of [`Repair::each`]. A map with one of these
    /// keys stands for a value: `$all` for that at a pointer of all wanted properties, `$property` of the property that
    /// differs, `$item` of the item, `$answer` of the last answer; `$text` for JSON in a
    /// text; `$camel` for one whose keys begin with a small letter, or are as in `$spelled`, with the value of `$absent`
    /// where nothing is wanted. The key `${property}` stands for the name of the property that differs.
    pub input: Json,
    /// The call is repeated until its answer has one of the values at the pointer.
    pub until: Option<(String, Vec<String>)>,
}

struct Reverts {
    not_drift_aware: Vec<String>,
    repairs: IndexMap<String, Vec<Repair>>,
    provenance: resources::Provenance,
}

static REVERTS: LazyLock<Reverts> = LazyLock::new(|| read(include_str!("reverts.json")));

/// Whether CloudFormation's drift-aware change sets look at live resources of the type. Others it reports as unsupported.
pub fn drift_aware(resource_type: &str) -> bool {
    let listed = REVERTS.not_drift_aware.iter().any(|name| name == resource_type);
    !listed && resources::get(resource_type).is_some_and(|facts| facts.readable)
}

/// The repairs of a type.
pub fn repairs(resource_type: &str) -> &'static [Repair] {
    REVERTS.repairs.get(resource_type).map(Vec::as_slice).unwrap_or_default()
}

/// The types that have repairs.
pub fn repaired() -> impl Iterator<Item = &'static str> {
    REVERTS.repairs.keys().map(String::as_str)
}

pub fn provenance() -> &'static resources::Provenance {
    &REVERTS.provenance
}

impl Repair {
    /// Whether it takes back a change of this kind at `pointer`.
    pub fn fits(&self, pointer: &str, kind: ChangeKind) -> bool {
        self.of.is_none_or(|of| of == kind) && resources::covers(&self.properties, pointer)
    }

    /// Its calls, for a person: `codebuild:UpdateProject`.
    pub fn actions(&self) -> Vec<String> {
        self.calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect()
    }
}

fn read(text: &str) -> Reverts {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let word = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let types = json["repairs"].as_object().into_iter().flatten();
    let repairs = |list: &Json| list.as_array().into_iter().flatten().map(repair).collect();
    Reverts {
        not_drift_aware: texts(&json["not-drift-aware"]),
        repairs: types.map(|(name, list)| (name.clone(), repairs(list))).collect(),
        provenance: resources::Provenance { source: word("source"), date: word("date") },
    }
}

fn repair(entry: &Json) -> Repair {
    let word = |key: &str| entry[key].as_str().map(str::to_owned);
    Repair {
        properties: texts(&entry["properties"]),
        of: match entry["of"].as_str() {
            Some("added") => Some(ChangeKind::Added),
            Some("removed") => Some(ChangeKind::Removed),
            _ => None,
        },
        disturbs: word("disturbs"),
        restarts: word("restarts"),
        each: word("each"),
        calls: entry["calls"].as_array().into_iter().flatten().map(call).collect(),
    }
}

fn call(entry: &Json) -> CallPattern {
    let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let until = &entry["until"];
    CallPattern {
        service: word("service"),
        operation: word("operation"),
        input: entry["input"].clone(),
        until: until["at"].as_str().map(|at| (at.to_owned(), texts(&until["is"]))),
    }
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_repair_is_of_a_known_type_and_property() {
        assert_eq!(provenance().date.len(), 10);
        assert!(repaired().count() >= 6);
        for name in repaired() {
            let facts = resources::get(name).unwrap_or_else(|| panic!("{name}"));
            for repair in repairs(name) {
                assert!(!repair.calls.is_empty() && !repair.properties.is_empty(), "{name}");
                for pointer in &repair.properties {
                    let known = |part: &str| facts.names.iter().any(|known| known == part);
                    assert!(pointer.split('/').skip(1).all(known), "{name}: {pointer}");
                }
            }
        }
    }

    #[test]
    fn what_cloudformation_cannot_read_it_cannot_put_back() {
        assert!(drift_aware("AWS::Kinesis::Stream"));
        assert!(!drift_aware("AWS::MSK::Cluster") && !drift_aware("AWS::CodeBuild::Project"));
        assert!(!drift_aware("AWS::Nothing::Here"));
    }

    #[test]
    fn a_transition_that_was_closed_is_opened() {
        let pipeline = repairs("AWS::CodePipeline::Pipeline");
        let fits = |kind| pipeline.iter().find(|one| one.fits("/DisableInboundStageTransitions/0", kind));
        assert_eq!(
            fits(ChangeKind::Added).map(|it| it.actions().join(",")),
            Some("codepipeline:EnableStageTransition".into())
        );
        assert!(fits(ChangeKind::Removed).is_some_and(|it| it.calls[0].operation == "DisableStageTransition"));
        assert!(!pipeline.iter().any(|one| one.fits("/Stages/0", ChangeKind::Changed)));
    }
}
