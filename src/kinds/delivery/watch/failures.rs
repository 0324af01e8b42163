//! A build that could not tell anything itself: it never began, its source could not be fetched, it was stopped, or it
//! took too long.
//!
//! What the build's own commands found is told by them. So of builds that failed only those are told here that failed
//! before their first command; events of phases tell which those are.

use serde_json::json;

use super::schedule::ALARM;
use super::{PROJECT, THING, TOPIC, Watch, project_name};
use crate::desired::Value;
use crate::model::{Home, Lowering};

const RULE: &str = "DriftBroken";

/// What comes before the first command.
const BEFORE: [&str; 4] = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"];

impl Watch<'_> {
    pub(super) fn add_failures(&self, lowering: &mut Lowering<'_>) {
        let name = project_name(lowering.model);
        let sends = |service: &str, resource: &str| {
            json!({
                "Effect": "Allow",
                "Principal": { "Service": service },
                "Action": "sns:Publish",
                "Resource": { "Ref": TOPIC },
                "Condition": { "ArnLike": { "aws:SourceArn": { "Fn::GetAtt": [resource, "Arn"] } } },
            })
        };
        let policy = json!({
            "Topics": [{ "Ref": TOPIC }],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [sends("events.amazonaws.com", RULE), sends("cloudwatch.amazonaws.com", ALARM)],
            },
        });
        let id = format!("{TOPIC}Policy");
        let policy = Value::from_json(policy, &self.origin);
        lowering.add_shared(Home::Delivery, &id, "AWS::SNS::TopicPolicy", THING, policy);
        let link =
            "https://<region>.console.aws.amazon.com/codesuite/codebuild/projects/<project>/history?region=<region>";
        let rule = json!({
            "Description": "Tells of builds that could not look at the account",
            "EventPattern": {
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build State Change", "CodeBuild Build Phase Change"],
                "detail": {
                    "project-name": [{ "Ref": PROJECT }],
                    "$or": [
                        { "build-status": ["FAULT", "STOPPED", "TIMED_OUT"] },
                        { "completed-phase": BEFORE, "completed-phase-status": ["CLIENT_ERROR", "FAILED"] },
                    ],
                },
            },
            "State": "ENABLED",
            "Targets": [{
                "Id": "failures",
                "Arn": { "Ref": TOPIC },
                "InputTransformer": {
                    "InputPathsMap": { "build": "$.detail.build-id", "project": "$.detail.project-name", "region": "$.region" },
                    "InputTemplate": format!("\"The scheduled look at the account ({name}) did not come to its end: <build> {link}\""),
                },
            }],
        });
        lowering.add_shared(Home::Delivery, RULE, "AWS::Events::Rule", THING, Value::from_json(rule, &self.origin));
    }
}
