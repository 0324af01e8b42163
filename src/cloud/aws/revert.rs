//! What puts live resources back: Cloud Control's updates, and calls to services.

use std::time::Duration;

use aws_config::SdkConfig;
use serde_json::{Value as Json, json};

use super::call::{self, Call};
use super::objects;
use crate::cloud::{CloudError, ServiceCall};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const ATTEMPTED: &str = "update by Cloud Control";

pub(super) async fn update_resource(
    config: &SdkConfig,
    resource_type: &str,
    identifier: &str,
    patch: &Json,
    role: Option<&str>,
) -> Result<(), CloudError> {
    let subject = format!("{resource_type} {identifier}");
    let mut input = json!({ "TypeName": resource_type, "Identifier": identifier, "PatchDocument": patch.to_string() });
    if let Some(role) = role {
        input["RoleArn"] = role.into();
    }
    let update = Call::new("cloudcontrol", "UpdateResource", input);
    let mut answer = call::call(config, ATTEMPTED, &subject, &update).await?;
    let mut pause = FIRST_PAUSE;
    loop {
        let event = &answer["ProgressEvent"];
        match event["OperationStatus"].as_str() {
            Some("SUCCESS") => return Ok(()),
            Some("FAILED" | "CANCEL_COMPLETE") => return Err(refused(&subject, event)),
            _ => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        let status =
            Call::new("cloudcontrol", "GetResourceRequestStatus", json!({ "RequestToken": event["RequestToken"] }));
        answer = call::call(config, ATTEMPTED, &subject, &status).await?;
    }
}

fn refused(subject: &str, event: &Json) -> CloudError {
    let message = event["StatusMessage"].as_str().unwrap_or("Cloud Control gives no reason");
    let code = event["ErrorCode"].as_str().map(str::to_owned);
    CloudError { code, ..CloudError::refused(ATTEMPTED, subject, message) }
}

pub(super) async fn call(config: &SdkConfig, call: &ServiceCall) -> Result<Json, CloudError> {
    if call.service == "s3" {
        return objects::call(config, call).await;
    }
    let request = match &call.path {
        Some(path) => Call::get(call.service, call.operation, path.clone()),
        None => Call::new(call.service, call.operation, call.input.clone()),
    };
    call::call(config, "call the operation", call.operation, &request).await
}
