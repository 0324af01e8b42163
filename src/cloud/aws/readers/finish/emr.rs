//! Clusters of EMR, whose answers have instance groups and fleets as lists.

use serde_json::{Map, Value as Json, json};

use super::super::translate::Translation;
use super::super::{Reading, Wanted};

/// A cluster that has ended stays in the answers for two months.
pub(super) fn ended(cluster: &Json) -> bool {
    matches!(cluster["Status"]["State"].as_str(), Some("TERMINATING" | "TERMINATED" | "TERMINATED_WITH_ERRORS"))
}

pub(super) fn cluster(translation: &Translation<'_>, wanted: &Wanted, answers: &[Json], reading: &mut Reading) {
    let answer = |index: usize| answers.get(index).unwrap_or(&Json::Null);
    if let Some(uri) = reading.get("LogUri").as_str() {
        let uri = uri.replacen("s3n://", "s3://", 1);
        let authored = wanted.properties["LogUri"].as_str().filter(|authored| same_folder(authored, &uri));
        reading.put("LogUri", Some(json!(authored.unwrap_or(&uri))));
    }
    let authored = &wanted.properties["Instances"];
    let mut instances = reading.get("Instances").clone();
    let Some(map) = instances.as_object_mut() else { return };
    if let Some(ends) = answer(0)["AutoTerminate"].as_bool() {
        map.insert("KeepJobFlowAliveWhenNoSteps".to_owned(), json!(!ends));
    }
    // One subnet is told as the one that is used and as a list of those that were asked for.
    map.shift_remove(if authored.get("Ec2SubnetIds").is_some() { "Ec2SubnetId" } else { "Ec2SubnetIds" });
    for (list, kind, of) in [
        (&answer(1)["InstanceGroups"], "InstanceGroup", "InstanceGroupType"),
        (&answer(2)["InstanceFleets"], "InstanceFleet", "InstanceFleetType"),
    ] {
        let Some(list) = list.as_array() else { continue };
        let open = |item: &&Json| {
            !matches!(item["Status"]["State"].as_str(), Some("TERMINATING" | "TERMINATED" | "SHUTTING_DOWN"))
        };
        for item in list.iter().filter(open) {
            let (place, several) = match item[of].as_str() {
                Some("MASTER") => (format!("Master{kind}"), false),
                Some("CORE") => (format!("Core{kind}"), false),
                _ => (format!("Task{kind}s"), true),
            };
            let pointer = if several { format!("/Instances/{place}/*") } else { format!("/Instances/{place}") };
            let Some(mut live) = translation.at(&pointer, item) else { continue };
            let like = if several { named(&authored[&place], &live["Name"]) } else { authored[&place].clone() };
            keep_what_is_said(&mut live, &like);
            match map.get_mut(&place) {
                Some(Json::Array(items)) if several => items.push(live),
                _ if several => drop(map.insert(place, json!([live]))),
                _ => drop(map.insert(place, live)),
            }
        }
    }
    reading.put("Instances", Some(instances));
}

fn same_folder(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn named(list: &Json, name: &Json) -> Json {
    let mut items = list.as_array().into_iter().flatten();
    items.find(|item| item["Name"] == *name).cloned().unwrap_or_default()
}

/// Volumes and names that EMR chose by itself are left out.
fn keep_what_is_said(live: &mut Json, authored: &Json) {
    let Some(map) = live.as_object_mut() else { return };
    for name in ["EbsConfiguration", "Name"] {
        if authored.get(name).is_none() {
            map.shift_remove(name);
        }
    }
    if let Some(volumes) = map.get_mut("EbsConfiguration").and_then(|ebs| ebs.get_mut("EbsBlockDeviceConfigs")) {
        *volumes = counted(volumes);
    }
    if let Some(types) = map.get_mut("InstanceTypeConfigs").and_then(Json::as_array_mut) {
        let authored = &authored["InstanceTypeConfigs"];
        for kind in types {
            let mut items = authored.as_array().into_iter().flatten();
            let like = items.find(|item| item["InstanceType"] == kind["InstanceType"]).cloned().unwrap_or_default();
            keep_what_is_said(kind, &like);
        }
    }
}

/// The answer has each volume; a template has kinds of volumes and how many there are.
fn counted(volumes: &Json) -> Json {
    let mut kinds: Vec<(Json, usize)> = Vec::new();
    for volume in volumes.as_array().into_iter().flatten() {
        let specification = volume["VolumeSpecification"].clone();
        match kinds.iter_mut().find(|(kind, _)| *kind == specification) {
            Some((_, count)) => *count += 1,
            None => kinds.push((specification, 1)),
        }
    }
    let kind = |(kind, count)| {
        Map::from_iter([("VolumeSpecification".to_owned(), kind), ("VolumesPerInstance".to_owned(), json!(count))])
    };
    kinds.into_iter().map(kind).map(Json::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_gone() {
        assert!(ended(&json!({ "Status": { "State": "TERMINATED" } })));
        assert!(!ended(&json!({ "Status": { "State": "WAITING" } })));
    }

    #[test]
    fn equal_volumes_are_counted() {
        let volume = |size: u64| json!({ "VolumeSpecification": { "SizeInGB": size }, "Device": "/dev/sdb" });
        assert_eq!(
            counted(&json!([volume(1), volume(2), volume(1)])),
            json!([
                { "VolumeSpecification": { "SizeInGB": 1 }, "VolumesPerInstance": 2 },
                { "VolumeSpecification": { "SizeInGB": 2 }, "VolumesPerInstance": 1 },
            ])
        );
    }
}
