//! What is under way in pipelines.

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};

use super::call::{Call, call};
use crate::cloud::{CloudError, StageRun};

pub(super) async fn stages(config: &SdkConfig, pipeline: &str) -> Result<Vec<StageRun>, CloudError> {
    let request = Call::new("codepipeline", "GetPipelineState", json!({ "name": pipeline }));
    let answer = call(config, "read the state of the pipeline", pipeline, &request).await?;
    Ok(answer["stageStates"].as_array().into_iter().flatten().map(stage).collect())
}

fn stage(state: &Json) -> StageRun {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let latest = &state["latestExecution"];
    let actions = state["actionStates"].as_array().into_iter().flatten();
    // Only an approval that waits has a token.
    let mut approvals = actions.filter(|action| action["latestExecution"]["token"].is_string());
    StageRun {
        stage: text(&state["stageName"]),
        execution: text(&latest["pipelineExecutionId"]),
        running: latest["status"] == "InProgress",
        approval: approvals.next().map(|action| text(&action["actionName"])),
        waiting: state["inboundExecution"]["pipelineExecutionId"].as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_tells_what_it_waits_for() {
        let state = json!({
            "stageName": "Deploy-prod",
            "inboundExecution": { "pipelineExecutionId": "2", "status": "InProgress" },
            "actionStates": [
                { "actionName": "prepare", "latestExecution": { "status": "Succeeded" } },
                { "actionName": "approve-release", "latestExecution": { "status": "InProgress", "token": "t" } },
            ],
            "latestExecution": { "pipelineExecutionId": "1", "status": "InProgress" },
        });
        let run = StageRun {
            stage: "Deploy-prod".to_owned(),
            execution: "1".to_owned(),
            running: true,
            approval: Some("approve-release".to_owned()),
            waiting: Some("2".to_owned()),
        };
        assert_eq!(stage(&state), run);
        assert_eq!(
            stage(&json!({ "stageName": "Source" })),
            StageRun { stage: "Source".to_owned(), ..StageRun::default() }
        );
    }
}
