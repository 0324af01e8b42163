//! Who changes a resource by design: `mutators.json`. Such a difference is told, but is no drift.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::class::Class;
use super::drift::{Difference, ResourceDrift};
use super::normalize;
use super::resolved::ResolvedResource;
use super::substitute;

static MUTATORS: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(include_str!("mutators.json")).unwrap_or_default();
    json["mutators"].as_array().cloned().unwrap_or_default()
});

/// A row for people.
#[derive(Debug)]
pub struct Mutator {
    pub resource_type: String,
    pub pointers: Vec<String>,
    pub who: String,
    /// The condition in words.
    pub when: String,
    pub source: String,
    pub date: String,
}

/// Who may change what, and when.
pub fn mutators() -> Vec<Mutator> {
    let text = substitute::text;
    let row = |row: &Json| Mutator {
        resource_type: text(&row["type"]),
        pointers: row["pointers"].as_array().into_iter().flatten().map(text).collect(),
        who: text(&row["who"]),
        when: when(row),
        source: text(&row["source"]),
        date: text(&row["date"]),
    };
    MUTATORS.iter().map(row).collect()
}

fn when(row: &Json) -> String {
    let mut conditions = Vec::new();
    if row["grows"] == true {
        conditions.push("live is more".to_owned());
    }
    for key in ["where", "beside"] {
        let Some(pointer) = row[key]["pointer"].as_str() else { continue };
        let whose = row[key]["type"].as_str().map_or_else(String::new, |name| format!(" of an `{name}` of the stack"));
        let held = ["is", "starts", "holds"].into_iter().find_map(|word| {
            let verb = if word == "starts" { "starts with" } else { word };
            Some(format!(" {verb} `{}`", row[key][word].as_str()?))
        });
        conditions.push(format!("`{pointer}`{whose}{}", held.unwrap_or_else(|| " is set".to_owned())));
    }
    if conditions.is_empty() { "always".to_owned() } else { conditions.join(", and ") }
}

/// Gives each difference of a resource its class; `stack` are all resources of the stack.
pub(super) fn classify(drift: &mut ResourceDrift, resource: &ResolvedResource, stack: &[ResolvedResource]) {
    let rows: Vec<&Json> = MUTATORS.iter().filter(|row| row["type"] == resource.resource_type).collect();
    for difference in &mut drift.differences {
        if let Some(row) = rows.iter().find(|row| explains(row, difference, resource, stack)) {
            difference.class = Class::Legitimate(substitute::text(&row["who"]));
        }
    }
}

fn explains(row: &Json, difference: &Difference, resource: &ResolvedResource, stack: &[ResolvedResource]) -> bool {
    let mut pointers = row["pointers"].as_array().into_iter().flatten().filter_map(Json::as_str);
    pointers.any(|pattern| normalize::covers(pattern, &difference.pointer))
        && (row["grows"] != true || grown(difference))
        && (row["where"].is_null() || holds(&row["where"], resource, resource))
        && (row["beside"].is_null() || stack.iter().any(|other| is_beside(&row["beside"], other, resource)))
}

/// Numbers and versions that are larger than what the template says.
fn grown(difference: &Difference) -> bool {
    let parts = |value: &Option<Json>| -> Option<Vec<u64>> {
        substitute::text(value.as_ref()?).split('.').map(|part| part.parse().ok()).collect()
    };
    match (parts(&difference.wanted), parts(&difference.live)) {
        (Some(wanted), Some(live)) => live > wanted,
        _ => false,
    }
}

fn is_beside(condition: &Json, other: &ResolvedResource, resource: &ResolvedResource) -> bool {
    condition["type"] == other.resource_type && holds(condition, other, resource)
}

/// Whether `other` has at the condition's pointer what is asked for of `resource`.
fn holds(condition: &Json, other: &ResolvedResource, resource: &ResolvedResource) -> bool {
    let properties = other.properties.known_json();
    let Some(there) = properties.pointer(condition["pointer"].as_str().unwrap_or_default()) else { return false };
    let made = |key: &str| {
        let text = condition[key].as_str()?;
        substitute::replace(text, |name| part(name, resource)).ok()
    };
    let text = substitute::text(there);
    match (made("is"), made("starts"), made("holds")) {
        (Some(is), ..) => text == is,
        (_, Some(start), _) => text.starts_with(&start),
        (.., Some(held)) => !held.is_empty() && text.contains(&held),
        _ => ["is", "starts", "holds"].iter().all(|key| condition[key].is_null()),
    }
}

/// `${Id}` is the physical id, `${/Name}` a property.
fn part(name: &str, resource: &ResolvedResource) -> Result<String, String> {
    let value = match name {
        "Id" => resource.physical_id.clone(),
        pointer => resource.properties.known_json().pointer(pointer).map(substitute::text),
    };
    value.ok_or_else(|| format!("`{name}` is not known"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::{Live, Observation, StackResource};
    use crate::facts::schema;
    use crate::reconcile::drift::{Seen, compare};
    use crate::reconcile::samples::stack;
    use crate::reconcile::{Class, Context};

    /// The class of the one difference of the resource `X`, whose physical id is `x`.
    fn class(resources: Json, live: Json) -> Class {
        let template = stack(&json!({ "Resources": resources }), &[]);
        let there: Vec<StackResource> = template
            .resources
            .iter()
            .map(|(id, resource)| StackResource {
                logical_id: id.clone(),
                physical_id: id.to_lowercase(),
                resource_type: resource.resource_type.clone(),
                status: "CREATE_COMPLETE".to_owned(),
            })
            .collect();
        let deployed = Context::new(&template, &template.deployments[0], None, &there).resources();
        let covers = live.as_object().unwrap().keys().cloned().collect();
        let live = Live { properties: live, covers, unread: Vec::new() };
        let drifts = compare(&deployed, &[Seen { observation: Observation::Live(live), detected: None }]);
        let [difference] = drifts[0].differences.as_slice() else { panic!("{:#?}", drifts[0].differences) };
        difference.class.clone()
    }

    #[test]
    fn every_row_is_complete_and_about_what_exists() {
        assert!(MUTATORS.len() > 9);
        for row in MUTATORS.iter() {
            let name = row["type"].as_str().unwrap();
            let schema = schema::get(name).unwrap();
            for pointer in row["pointers"].as_array().unwrap() {
                let pointer = pointer.as_str().unwrap();
                assert!(schema.at(pointer).is_some(), "{name}{pointer}");
            }
            assert_eq!(row["date"].as_str().map(str::len), Some(10), "{name}");
            assert!(row["who"].is_string() && row["source"].is_string(), "{name}");
            for (place, of) in [("where", name), ("beside", row["beside"]["type"].as_str().unwrap_or_default())] {
                if let Some(pointer) = row[place]["pointer"].as_str() {
                    assert!(schema::get(of).unwrap().at(pointer).is_some(), "{name}: {pointer}");
                }
            }
        }
    }

    #[test]
    fn what_autoscaling_sets_is_legitimate_where_it_is_asked_for() {
        let table = json!({ "Type": "AWS::DynamoDB::Table", "Properties": { "ProvisionedThroughput": {
            "ReadCapacityUnits": 5, "WriteCapacityUnits": 5 } } });
        let target = |id: &str| {
            json!({ "Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {
            "ResourceId": id } })
        };
        let live = || json!({ "ProvisionedThroughput": { "ReadCapacityUnits": 25, "WriteCapacityUnits": 5 } });
        let found = class(json!({ "X": table, "T": target("table/x") }), live());
        assert!(matches!(&found, Class::Legitimate(who) if who.contains("Auto Scaling")), "{found:?}");
        assert!(class(json!({ "X": table, "T": target("table/other") }), live()).is_drift());
        assert!(class(json!({ "X": table }), live()).is_drift());
        let found = class(
            json!({ "X": table, "T": { "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": { "ResourceId": { "Fn::Sub": "table/${X}" } } } }),
            live(),
        );
        assert!(!found.is_drift());
    }

    #[test]
    fn storage_grows_and_does_not_shrink() {
        let size = |size: u64| {
            json!({ "BrokerNodeGroupInfo": { "StorageInfo": { "EBSStorageInfo": {
            "VolumeSize": size } } } })
        };
        let resources = json!({
            "X": { "Type": "AWS::MSK::Cluster", "Properties": size(100) },
            "T": { "Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {
                "ScalableDimension": "kafka:broker-storage:VolumeSize" } },
        });
        assert!(!class(resources.clone(), size(150)).is_drift());
        assert!(class(resources, size(50)).is_drift());
    }

    #[test]
    fn a_crawler_keeps_the_columns_of_its_own_database() {
        let table = |name: &str, kind: &str| {
            json!({ "DatabaseName": name, "TableInput": { "StorageDescriptor": {
            "Columns": [{ "Name": "a", "Type": kind }] } } })
        };
        let resources = |database: &str| {
            json!({
                "X": { "Type": "AWS::Glue::Table", "Properties": table("lake", "int") },
                "C": { "Type": "AWS::Glue::Crawler", "Properties": { "DatabaseName": database } },
            })
        };
        assert!(!class(resources("lake"), table("lake", "string")).is_drift());
        assert!(class(resources("other"), table("lake", "string")).is_drift());
    }
}
