//! What the words of a service mean where they are more than other names: one function per type that needs it.

mod delivery;
mod emr;
mod function;
mod kafka;
mod machine;

use serde_json::{Map, Value as Json, json};

use super::translate::Translation;
use super::{Observation, Reading, Wanted};

/// Completes what was read of a resource. `answers` has one for each read of the row, `null` where there was none.
pub(super) fn finish(
    translation: &Translation<'_>,
    wanted: &Wanted,
    answers: &[Json],
    mut reading: Reading,
) -> Observation {
    let first = answers.first().unwrap_or(&Json::Null);
    match wanted.resource_type.as_str() {
        "AWS::DynamoDB::Table" => table(answers, &mut reading),
        "AWS::EMR::Cluster" if emr::ended(first) => return Observation::Missing,
        "AWS::EMR::Cluster" => emr::cluster(translation, wanted, answers, &mut reading),
        "AWS::KinesisFirehose::DeliveryStream" => delivery::stream(wanted, first, &mut reading),
        "AWS::LakeFormation::Resource" => {
            let role = reading.get("RoleArn").as_str().unwrap_or_default();
            let own = role.contains(":role/aws-service-role/");
            reading.put("UseServiceLinkedRole", Some(json!(own)));
        }
        "AWS::Lambda::Alias" => function::alias(first, &mut reading),
        "AWS::Lambda::EventSourceMapping" => function::mapping(wanted, first, &mut reading),
        "AWS::MSK::Configuration" => kafka::configuration(wanted, answers, &mut reading),
        "AWS::MSK::Topic" => kafka::topic(wanted, first, &mut reading),
        "AWS::RedshiftServerless::Workgroup" => workgroup(wanted, &mut reading),
        "AWS::StepFunctions::StateMachine" => machine::definition(wanted, first, &mut reading),
        _ => {}
    }
    reading.done()
}

/// Of several things that ought to be equal, the first that is not as the template wants it, else the first. `None`:
/// none of them has any of the properties.
pub(super) fn most_telling(
    told: &[(&Json, Map<String, Json>)],
    covers: &[String],
    wanted: &Wanted,
) -> Option<(Json, Map<String, Json>)> {
    let without_defaults = told.iter().map(|(answer, properties)| {
        let mut properties = properties.clone();
        // SNS gives a topic back its own policy when one is taken away.
        properties.retain(|_, value| value["Id"] != "__default_policy_ID");
        ((*answer).clone(), properties)
    });
    let told: Vec<_> = without_defaults.collect();
    if told.iter().all(|(_, properties)| covers.iter().all(|name| properties.get(name).is_none())) {
        return None;
    }
    let differs =
        |properties: &Map<String, Json>| covers.iter().any(|name| properties.get(name) != wanted.properties.get(name));
    told.iter().find(|(_, properties)| differs(properties)).or(told.first()).cloned()
}

fn table(answers: &[Json], reading: &mut Reading) {
    let answer = |index: usize| answers.get(index).unwrap_or(&Json::Null);
    let encryption = &answer(0)["SSEDescription"];
    if let Some(status) = encryption["Status"].as_str() {
        let mut live = reading.get("SSESpecification").clone();
        live["SSEEnabled"] = json!(matches!(status, "ENABLED" | "ENABLING" | "UPDATING"));
        reading.put("SSESpecification", Some(live));
    }
    let on_demand = reading.get("BillingMode") == "PAY_PER_REQUEST";
    if reading.get("BillingMode").is_null() {
        reading.put("BillingMode", Some(json!("PROVISIONED")));
    }
    if on_demand {
        reading.put("ProvisionedThroughput", None);
        let mut indexes = reading.get("GlobalSecondaryIndexes").clone();
        for index in indexes.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
            index.shift_remove("ProvisionedThroughput");
        }
        reading.put("GlobalSecondaryIndexes", Some(indexes).filter(|indexes| !indexes.is_null()));
    }
    if let Some(status) = answer(1)["TimeToLiveDescription"]["TimeToLiveStatus"].as_str() {
        let mut live = reading.get("TimeToLiveSpecification").clone();
        let on = matches!(status, "ENABLED" | "ENABLING");
        if !on {
            // It may still name the attribute of before.
            live = json!({});
        }
        live["Enabled"] = json!(on);
        reading.put("TimeToLiveSpecification", Some(live));
    }
    let recovery = &answer(2)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    if let Some(status) = recovery["PointInTimeRecoveryStatus"].as_str() {
        let mut live = reading.get("PointInTimeRecoverySpecification").clone();
        live["PointInTimeRecoveryEnabled"] = json!(status == "ENABLED");
        reading.put("PointInTimeRecoverySpecification", Some(live));
    }
}

/// What Redshift Serverless has where nobody set a parameter. `CreateWorkgroup` in its API reference, read 2026-11-21.
const PARAMETERS: [(&str, &str); 9] = [
    ("auto_mv", "true"),
    ("datestyle", "ISO, MDY"),
    ("enable_case_sensitive_identifier", "false"),
    ("enable_user_activity_logging", "true"),
    ("max_query_execution_time", "14400"),
    ("query_group", "default"),
    ("require_ssl", "true"),
    ("search_path", "$user, public"),
    ("use_fips_ssl", "false"),
];

/// The service gives all parameters; the template sets some.
fn workgroup(wanted: &Wanted, reading: &mut Reading) {
    let declared = |name: &Json| {
        let parameters = wanted.properties["ConfigParameters"].as_array().into_iter().flatten();
        parameters.filter(|parameter| parameter["ParameterKey"] == *name).count() > 0
    };
    let usual = |parameter: &Json| {
        let (key, value) = (&parameter["ParameterKey"], &parameter["ParameterValue"]);
        PARAMETERS.iter().any(|(name, usual)| key == name && value == usual)
    };
    let live = reading.get("ConfigParameters").as_array().into_iter().flatten();
    let kept: Json =
        live.filter(|parameter| declared(&parameter["ParameterKey"]) || !usual(parameter)).cloned().collect();
    reading.put("ConfigParameters", Some(kept));
}
