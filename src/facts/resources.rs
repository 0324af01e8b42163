//! Resource types of CloudFormation: which properties replace, which are never returned, what handlers may call.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::Value as Json;

/// What the registry says about one resource type. Pointers are JSON pointers below the properties, with `*` for
/// every item of a list.
#[derive(Debug, Default, PartialEq)]
pub struct ResourceType {
    /// A change of these replaces the resource.
    pub create_only: Vec<String>,
    /// AWS never returns these.
    pub write_only: Vec<String>,
    /// AWS sets these; a template cannot.
    pub read_only: Vec<String>,
    /// In the order of the parts of the identifier.
    pub primary_identifier: Vec<String>,
    /// CloudFormation can read the live resource, so that its drift detection works.
    pub readable: bool,
    /// CloudFormation can change the resource in place; otherwise every change replaces it.
    pub updatable: bool,
    /// Lists whose order has no meaning.
    pub unordered: Vec<String>,
    /// Maps whose keys are the user's.
    pub maps: Vec<String>,
    /// The keys of all other maps, at any depth.
    pub names: Vec<String>,
    pub permissions: Permissions,
    /// What a change in place does that a person should know of before, e.g. `changes permissions`.
    pub disturbs: Option<String>,
    /// Is published anew instead of being changed, so that replacing it disturbs nobody.
    pub renewed: bool,
}

/// IAM actions that CloudFormation needs for a resource, by what it does with it.
#[derive(Debug, Default, PartialEq)]
pub struct Permissions {
    pub create: Vec<String>,
    pub read: Vec<String>,
    pub update: Vec<String>,
    pub delete: Vec<String>,
}

/// Where the data comes from and of what date it is.
#[derive(Debug)]
pub struct Provenance {
    pub source: String,
    /// `YYYY-MM-DD`
    pub date: String,
}

struct Resources {
    provenance: Provenance,
    types: IndexMap<String, ResourceType>,
}

static RESOURCES: LazyLock<Resources> = LazyLock::new(|| read(include_str!("resources.json")));

/// The facts about a type such as `AWS::Kinesis::Stream`; `None` when there are none.
pub fn get(resource_type: &str) -> Option<&'static ResourceType> {
    RESOURCES.types.get(resource_type)
}

/// The names of all types that have facts, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    RESOURCES.types.keys().map(String::as_str)
}

pub fn provenance() -> &'static Provenance {
    &RESOURCES.provenance
}

/// Whether `pointer` is at or below one of `patterns`, in which `*` stands for one part.
pub fn covers(patterns: &[String], pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').collect();
    patterns.iter().any(|pattern| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() <= parts.len() && pattern.iter().zip(&parts).all(|(want, part)| want == part || *want == "*")
    })
}

impl ResourceType {
    /// All actions that CloudFormation's service role needs to create, read, update and delete resources of the type,
    /// in alphabetical order.
    pub fn deploy_actions(&self) -> BTreeSet<&str> {
        let Permissions { create, read, update, delete } = &self.permissions;
        [create, read, update, delete].into_iter().flatten().map(String::as_str).collect()
    }

    /// The pointer to the property by which a template gives the resource a name that no other may have at the same time:
    /// its identifier, or where AWS makes that, what is called after the type, e.g. `TopicName`.
    pub fn own_name(&self, resource_type: &str) -> Option<&str> {
        let [identifier] = self.primary_identifier.as_slice() else { return None };
        if !self.read_only.contains(identifier) {
            return Some(identifier);
        }
        let (_, kind) = resource_type.rsplit_once("::")?;
        let called = |pointer: &str| {
            let name = pointer.strip_prefix('/').and_then(|name| name.strip_suffix("Name"));
            name.is_some_and(|name| !name.is_empty() && !name.contains('/') && kind.ends_with(name))
        };
        self.create_only.iter().map(String::as_str).find(|pointer| called(pointer))
    }
}

fn read(text: &str) -> Resources {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let provenance = Provenance { source: text("source"), date: text("date") };
    let types = json["types"].as_object().into_iter().flatten();
    Resources { provenance, types: types.map(|(name, entry)| (name.clone(), resource_type(entry))).collect() }
}

fn resource_type(entry: &Json) -> ResourceType {
    let permissions = &entry["permissions"];
    ResourceType {
        create_only: texts(&entry["create_only"]),
        write_only: texts(&entry["write_only"]),
        read_only: texts(&entry["read_only"]),
        primary_identifier: texts(&entry["primary_identifier"]),
        readable: entry["readable"].as_bool().unwrap_or_default(),
        updatable: entry["updatable"].as_bool().unwrap_or_default(),
        unordered: texts(&entry["unordered"]),
        maps: texts(&entry["maps"]),
        names: texts(&entry["names"]),
        permissions: Permissions {
            create: texts(&permissions["create"]),
            read: texts(&permissions["read"]),
            update: texts(&permissions["update"]),
            delete: texts(&permissions["delete"]),
        },
        disturbs: entry["disturbs"].as_str().map(str::to_owned),
        renewed: entry["renewed"].as_bool().unwrap_or_default(),
    }
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_complete() {
        assert!(names().count() >= 24);
        assert!(names().is_sorted());
        assert_eq!(provenance().date.len(), 10);
        for name in names() {
            let facts = get(name).unwrap();
            assert!(!facts.primary_identifier.is_empty(), "{name}");
            assert!(!facts.permissions.create.is_empty(), "{name}");
            assert!(!facts.permissions.delete.is_empty(), "{name}");
            assert_eq!(facts.updatable, !facts.permissions.update.is_empty(), "{name}");
            assert!(facts.deploy_actions().iter().all(|action| action.contains(':')), "{name}");
        }
    }

    #[test]
    fn what_a_template_names_is_known() {
        let own_name = |name: &str| get(name).and_then(|facts| facts.own_name(name));
        assert_eq!(own_name("AWS::Kinesis::Stream"), Some("/Name"));
        assert_eq!(own_name("AWS::KinesisAnalyticsV2::Application"), Some("/ApplicationName"));
        assert_eq!(own_name("AWS::MSK::Cluster"), Some("/ClusterName"));
        assert_eq!(own_name("AWS::SNS::Topic"), Some("/TopicName"));
        assert_eq!(own_name("AWS::Lambda::EventSourceMapping"), None);
    }

    #[test]
    fn the_facts_that_matter_most_are_there() {
        let pipeline = get("AWS::CodePipeline::Pipeline").unwrap();
        assert!(covers(&pipeline.maps, "/Stages/0/Actions/1/Configuration/ProjectName"));
        assert!(!covers(&pipeline.maps, "/Stages/0/Actions/1") && pipeline.names.contains(&"RunOrder".to_owned()));
        let application = get("AWS::KinesisAnalyticsV2::Application").unwrap();
        assert_eq!(application.create_only, ["/ApplicationMode", "/ApplicationName"]);
        assert!(covers(&application.write_only, "/ApplicationConfiguration/EnvironmentProperties/PropertyGroups/0"));
        assert!(!covers(&application.write_only, "/ApplicationConfiguration"));
        assert!(!get("AWS::CodeBuild::Project").unwrap().readable);
        assert!(get("AWS::CodePipeline::Pipeline").unwrap().readable);
        assert!(!get("AWS::Lambda::Permission").unwrap().updatable);
        assert_eq!(get("AWS::Nothing::Here"), None);
    }

    #[test]
    fn a_star_stands_for_exactly_one_part() {
        let patterns = vec!["/Rules/*/Flag".to_owned()];
        assert!(covers(&patterns, "/Rules/3/Flag"));
        assert!(covers(&patterns, "/Rules/3/Flag/Below"));
        assert!(!covers(&patterns, "/Rules/3"));
        assert!(!covers(&patterns, "/Rules/Flag"));
    }
}
