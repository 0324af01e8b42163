//! `AWS::CodeBuild::Project`

use aws_config::SdkConfig;
use serde_json::Value as Json;

use super::{Observation, Reading, Wanted};
use crate::cloud::CloudError;
use crate::cloud::aws::wire::{Body, pascal, pick, rename};

const COVERS: [&str; 21] = [
    "Artifacts",
    "AutoRetryLimit",
    "BuildBatchConfig",
    "Cache",
    "ConcurrentBuildLimit",
    "Description",
    "EncryptionKey",
    "Environment",
    "FileSystemLocations",
    "LogsConfig",
    "Name",
    "QueuedTimeoutInMinutes",
    "SecondaryArtifacts",
    "SecondarySourceVersions",
    "SecondarySources",
    "ServiceRole",
    "Source",
    "SourceVersion",
    "Tags",
    "TimeoutInMinutes",
    "VpcConfig",
];

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_codebuild::Client::new(config);
    let name = wanted.physical_id.as_str();
    let body = Body::default();
    let call = client.batch_get_projects().names(name).customize().interceptor(body.clone());
    let answer = body.json("get the build project", name, call.send().await)?;
    let Some(answer) = answer["projects"].get(0) else { return Ok(Observation::Missing) };
    let mut reading = Reading::new(project(answer), &COVERS);
    reading.set("BadgeEnabled", answer["badge"].get("badgeEnabled").cloned());
    reading.set("Visibility", answer.get("projectVisibility").cloned());
    Ok(reading.done())
}

fn project(answer: &Json) -> Json {
    let key = |key: &str| if key == "buildspec" { "BuildSpec".to_owned() } else { pascal(key) };
    pick(&rename(answer.clone(), &[], &key), &COVERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_answer_is_told_in_cloudformations_words() {
        let answer = json!({
            "name": "p", "arn": "a", "source": { "type": "CODEPIPELINE", "buildspec": "b", "insecureSsl": false },
            "logsConfig": { "cloudWatchLogs": { "status": "ENABLED", "groupName": "g" } },
            "environment": { "environmentVariables": [{ "name": "a", "value": "b", "type": "PLAINTEXT" }] },
            "tags": [{ "key": "team", "value": "data" }], "created": 1.0,
        });
        assert_eq!(
            project(&answer),
            json!({
                "Environment": { "EnvironmentVariables": [{ "Name": "a", "Value": "b", "Type": "PLAINTEXT" }] },
                "LogsConfig": { "CloudWatchLogs": { "Status": "ENABLED", "GroupName": "g" } },
                "Name": "p", "Source": { "Type": "CODEPIPELINE", "BuildSpec": "b", "InsecureSsl": false },
                "Tags": [{ "Key": "team", "Value": "data" }],
            })
        );
    }
}
