//! `AWS::CodePipeline::Pipeline`

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};

use super::{Observation, Reading, Wanted, tags};
use crate::cloud::CloudError;
use crate::cloud::aws::wire::{Body, pascal, pick, rename};

const COVERS: [&str; 9] = [
    "ArtifactStore",
    "ArtifactStores",
    "ExecutionMode",
    "Name",
    "PipelineType",
    "RoleArn",
    "Stages",
    "Triggers",
    "Variables",
];

pub(super) async fn read(config: &SdkConfig, wanted: &Wanted) -> Result<Observation, CloudError> {
    let client = aws_sdk_codepipeline::Client::new(config);
    let name = wanted.physical_id.as_str();
    let body = Body::default();
    let call = client.get_pipeline().name(name).customize().interceptor(body.clone());
    let answer = body.json("get the pipeline", name, call.send().await)?;
    let mut reading = Reading::new(pipeline(&answer["pipeline"]), &COVERS);

    let body = Body::default();
    let call = client.get_pipeline_state().name(name).customize().interceptor(body.clone());
    let state = body.json("get the state of the pipeline", name, call.send().await);
    reading.set_or_unread("DisableInboundStageTransitions", state.map(|state| Some(disabled_transitions(&state))));

    let body = Body::default();
    let arn = answer["metadata"]["pipelineArn"].as_str().unwrap_or_default();
    let call = client.list_tags_for_resource().resource_arn(arn).customize().interceptor(body.clone());
    let answer = body.json("list the tags of the pipeline", name, call.send().await);
    reading.set_or_unread("Tags", answer.map(|answer| Some(tags(&answer["tags"]))));
    Ok(reading.done())
}

fn pipeline(answer: &Json) -> Json {
    let mut answer = answer.clone();
    if let Some(stores) = answer.get_mut("artifactStores") {
        let by_region = stores.as_object().into_iter().flatten();
        *stores = by_region.map(|(region, store)| json!({ "region": region, "artifactStore": store })).collect();
    }
    // The keys of an action's configuration are the provider's own.
    pick(&rename(answer, &["configuration"], &pascal), &COVERS)
}

fn disabled_transitions(state: &Json) -> Json {
    let stages = state["stageStates"].as_array().into_iter().flatten();
    let disabled = stages.filter(|stage| stage["inboundTransitionState"]["enabled"] == false);
    disabled
        .map(|stage| {
            let reason = &stage["inboundTransitionState"]["disabledReason"];
            json!({ "StageName": stage["stageName"], "Reason": reason.as_str().unwrap_or_default() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_told_in_cloudformations_words() {
        let answer = json!({
            "name": "p", "version": 3, "executionMode": "QUEUED",
            "artifactStores": { "eu-west-1": { "type": "S3", "location": "b" } },
            "stages": [{ "name": "Build", "actions": [{ "name": "Jar", "runOrder": 1,
                "actionTypeId": { "category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1" },
                "configuration": { "ProjectName": "x", "environmentVariables": "[]" } }],
                "onFailure": { "retryConfiguration": { "retryMode": "ALL_ACTIONS" } } }],
            "triggers": [{ "providerType": "CodeStarSourceConnection", "gitConfiguration": {
                "sourceActionName": "S", "push": [{ "branches": { "includes": ["main"] } }] } }],
        });
        assert_eq!(
            pipeline(&answer),
            json!({
                "ArtifactStores": [{ "Region": "eu-west-1", "ArtifactStore": { "Type": "S3", "Location": "b" } }],
                "ExecutionMode": "QUEUED", "Name": "p",
                "Stages": [{ "Name": "Build", "Actions": [{ "Name": "Jar", "RunOrder": 1,
                    "ActionTypeId": { "Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1" },
                    "Configuration": { "ProjectName": "x", "environmentVariables": "[]" } }],
                    "OnFailure": { "RetryConfiguration": { "RetryMode": "ALL_ACTIONS" } } }],
                "Triggers": [{ "ProviderType": "CodeStarSourceConnection", "GitConfiguration": {
                    "SourceActionName": "S", "Push": [{ "Branches": { "Includes": ["main"] } }] } }],
            })
        );
    }

    #[test]
    fn only_disabled_transitions_are_told() {
        let state = json!({ "stageStates": [
            { "stageName": "Source" },
            { "stageName": "Build", "inboundTransitionState": { "enabled": true } },
            { "stageName": "Deploy", "inboundTransitionState": { "enabled": false, "disabledReason": "freeze" } },
        ] });
        assert_eq!(disabled_transitions(&state), json!([{ "StageName": "Deploy", "Reason": "freeze" }]));
    }
}
