//! CloudFormation's own drift detection, for resource types that have no reader here.

use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    DifferenceType, PropertyDifference, StackDriftDetectionStatus, StackResourceDrift, StackResourceDriftStatus,
};
use serde_json::Value as Json;

use super::failure::failed;
use crate::cloud::{CloudError, Detected, DetectedDifference, DetectedStatus};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) async fn detect_drift(client: &Client, stack: &str) -> Result<Vec<Detected>, CloudError> {
    let attempted = "detect drift of the stack";
    let started = client.detect_stack_drift().stack_name(stack).send().await;
    let started = started.map_err(|error| failed(attempted, stack, error))?;
    let detection = started.stack_drift_detection_id().unwrap_or_default();
    let mut pause = FIRST_PAUSE;
    loop {
        let call = client.describe_stack_drift_detection_status().stack_drift_detection_id(detection);
        let status = call.send().await.map_err(|error| failed(attempted, stack, error))?;
        match status.detection_status() {
            Some(StackDriftDetectionStatus::DetectionInProgress) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            // A detection that failed for some resources still has results for the others.
            _ => break,
        }
    }
    let mut pages = client.describe_stack_resource_drifts().stack_name(stack).into_paginator().send();
    let mut detected = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(attempted, stack, error))?;
        detected.extend(page.stack_resource_drifts().iter().map(resource));
    }
    Ok(detected)
}

fn resource(drift: &StackResourceDrift) -> Detected {
    let status = match drift.stack_resource_drift_status() {
        Some(StackResourceDriftStatus::InSync) => DetectedStatus::InSync,
        Some(StackResourceDriftStatus::Modified) => DetectedStatus::Modified,
        Some(StackResourceDriftStatus::Deleted) => DetectedStatus::Deleted,
        other => {
            let status = other.map(StackResourceDriftStatus::as_str).unwrap_or("no status");
            let reason = drift.drift_status_reason().unwrap_or(status);
            DetectedStatus::NotChecked(format!("CloudFormation's drift detection gave up: {reason}"))
        }
    };
    Detected {
        logical_id: drift.logical_resource_id().unwrap_or_default().to_owned(),
        status,
        differences: drift.property_differences().iter().map(difference).collect(),
    }
}

fn difference(difference: &PropertyDifference) -> DetectedDifference {
    let value = |text: Option<&str>| {
        let text = text.filter(|text| !text.is_empty() && *text != "null")?;
        Some(serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned())))
    };
    let kind = difference.difference_type();
    let added = kind == Some(&DifferenceType::Add);
    let removed = kind == Some(&DifferenceType::Remove);
    DetectedDifference {
        pointer: difference.property_path().unwrap_or_default().to_owned(),
        expected: value(difference.expected_value()).filter(|_| !added),
        live: value(difference.actual_value()).filter(|_| !removed),
    }
}
