//! `AWS::KinesisAnalyticsV2::Application` and its logging option

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};

use super::{Observation, Reading, Wanted, tags};
use crate::cloud::CloudError;
use crate::cloud::aws::wire::{Body, move_key, pick, rename};

const COVERS: [&str; 7] = [
    "ApplicationConfiguration",
    "ApplicationDescription",
    "ApplicationMaintenanceConfiguration",
    "ApplicationMode",
    "ApplicationName",
    "RuntimeEnvironment",
    "ServiceExecutionRole",
];

/// What the service computes; a template cannot say it.
const COMPUTED: [&str; 7] = [
    "CodeMD5",
    "CodeSize",
    "CurrentParallelism",
    "JobPlanDescription",
    "RunConfigurationDescription",
    "VpcConfigurationId",
    "VpcId",
];

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_kinesisanalyticsv2::Client::new(config);
    let name = wanted.physical_id.as_str();
    let detail = describe(&client, name).await?;
    let mut reading = Reading::new(application(&detail), &COVERS);
    if wanted.properties.get("RunConfiguration").is_some() {
        let reason = "applies only while an update restarts the application; the service keeps no wanted value";
        reading.unread("/RunConfiguration".to_owned(), reason.to_owned());
    }

    let body = Body::default();
    let arn = detail["ApplicationARN"].as_str().unwrap_or_default();
    let call = client.list_tags_for_resource().resource_arn(arn).customize().interceptor(body.clone());
    let answer = body.json("list the tags of the application", name, call.send().await);
    reading.set_or_unread("Tags", answer.map(|answer| Some(tags(&answer["Tags"]))));
    Ok(reading.done())
}

/// CloudFormation cannot read logging options. The first one is meant, since an application has at most one.
pub(super) async fn read_logging(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let Some(name) = wanted.properties["ApplicationName"].as_str() else {
        return Ok(Observation::Unread("only CloudFormation knows the application's name".to_owned()));
    };
    let client = aws_sdk_kinesisanalyticsv2::Client::new(config);
    let detail = describe(&client, name).await?;
    let Some(option) = detail["CloudWatchLoggingOptionDescriptions"].get(0) else { return Ok(Observation::Missing) };
    let properties = json!({ "ApplicationName": name, "CloudWatchLoggingOption": pick(option, &["LogStreamARN"]) });
    Ok(Reading::new(properties, &["ApplicationName", "CloudWatchLoggingOption"]).done())
}

async fn describe(client: &aws_sdk_kinesisanalyticsv2::Client, name: &str) -> Result<Json, CloudError> {
    let body = Body::default();
    let call = client.describe_application().application_name(name).include_additional_details(true);
    let answer = call.customize().interceptor(body.clone()).send().await;
    let mut answer = body.json("describe the application", name, answer)?;
    Ok(answer["ApplicationDetail"].take())
}

/// The service names what CloudFormation calls `X` `XDescription` in its answers.
fn application(detail: &Json) -> Json {
    let mut detail = detail.clone();
    if let Some(configuration) = detail.get_mut("ApplicationConfigurationDescription") {
        drop_computed(configuration);
        *configuration = rename(configuration.take(), &["PropertyMap"], &configuration_key);
    }
    move_key(&mut detail, "ApplicationConfigurationDescription", "ApplicationConfiguration");
    if let Some(maintenance) = detail.get_mut("ApplicationMaintenanceConfigurationDescription") {
        *maintenance = pick(maintenance, &["ApplicationMaintenanceWindowStartTime"]);
    }
    move_key(&mut detail, "ApplicationMaintenanceConfigurationDescription", "ApplicationMaintenanceConfiguration");
    pick(&detail, &COVERS)
}

fn configuration_key(key: &str) -> String {
    match key {
        "EnvironmentPropertyDescriptions" => return "EnvironmentProperties".to_owned(),
        "S3ApplicationCodeLocationDescription" => return "S3ContentLocation".to_owned(),
        _ => {}
    }
    if let Some(stem) = key.strip_suffix("Descriptions") {
        return format!("{stem}s");
    }
    key.strip_suffix("Description").unwrap_or(key).to_owned()
}

fn drop_computed(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(drop_computed),
        Json::Object(map) => {
            map.retain(|key, _| !COMPUTED.contains(&key.as_str()));
            // The keys of a property map are the user's.
            map.iter_mut().filter(|(key, _)| *key != "PropertyMap").for_each(|(_, value)| drop_computed(value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_told_in_cloudformations_words() {
        let detail = json!({
            "ApplicationName": "rides", "RuntimeEnvironment": "FLINK-1_20", "ApplicationStatus": "RUNNING",
            "ApplicationMaintenanceConfigurationDescription": {
                "ApplicationMaintenanceWindowStartTime": "02:00", "ApplicationMaintenanceWindowEndTime": "10:00" },
            "ApplicationConfigurationDescription": {
                "RunConfigurationDescription": { "FlinkRunConfigurationDescription": {} },
                "ApplicationCodeConfigurationDescription": {
                    "CodeContentType": "ZIPFILE",
                    "CodeContentDescription": { "CodeMD5": "x", "CodeSize": 4,
                        "S3ApplicationCodeLocationDescription": { "BucketARN": "arn:aws:s3:::b", "FileKey": "k" } } },
                "FlinkApplicationConfigurationDescription": {
                    "ParallelismConfigurationDescription": { "Parallelism": 4, "CurrentParallelism": 8 } },
                "EnvironmentPropertyDescriptions": { "PropertyGroupDescriptions": [
                    { "PropertyGroupId": "app", "PropertyMap": { "VpcId": "mine", "XDescription": "mine" } }] },
                "VpcConfigurationDescriptions": [{ "VpcId": "v", "VpcConfigurationId": "1.1", "SubnetIds": ["s"] }],
            },
        });
        assert_eq!(
            application(&detail),
            json!({
                "ApplicationName": "rides", "RuntimeEnvironment": "FLINK-1_20",
                "ApplicationMaintenanceConfiguration": { "ApplicationMaintenanceWindowStartTime": "02:00" },
                "ApplicationConfiguration": {
                    "ApplicationCodeConfiguration": {
                        "CodeContentType": "ZIPFILE",
                        "CodeContent": { "S3ContentLocation": { "BucketARN": "arn:aws:s3:::b", "FileKey": "k" } } },
                    "FlinkApplicationConfiguration": { "ParallelismConfiguration": { "Parallelism": 4 } },
                    "EnvironmentProperties": { "PropertyGroups": [
                        { "PropertyGroupId": "app", "PropertyMap": { "VpcId": "mine", "XDescription": "mine" } }] },
                    "VpcConfigurations": [{ "SubnetIds": ["s"] }],
                },
            })
        );
    }
}
