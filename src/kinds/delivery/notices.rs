//! What is told of a pipeline, and the execution that nobody asked for.

use serde_json::json;

use super::pipelines::{FirstRun, Pipeline};
use crate::desired::{Origin, Value};
use crate::model::{Entry, Home, Lowering, Statement, logical_id};

const FUNCTION: &str = "FirstRunFunction";
const ROLE: &str = "FirstRunFunctionRole";
const LOGS: &str = "FirstRunFunctionLogs";

pub(super) fn add(pipeline: &Pipeline, this: &Entry, name: &str, lowering: &mut Lowering<'_>) {
    add_failures(pipeline, this, name, lowering);
    if let Some(first_run) = pipeline.first_run.as_ref().filter(|first_run| first_run.value == FirstRun::Skip) {
        add_first_run(this, name, &Origin::authored(&first_run.span), lowering);
    }
}

/// A topic that tells of failed executions, and the rule that lets EventBridge publish to it.
fn add_failures(pipeline: &Pipeline, this: &Entry, name: &str, lowering: &mut Lowering<'_>) {
    let Some(notify) = &pipeline.notify else { return };
    let origin = Origin::authored(&notify.span);
    let subscriptions = notify.value.0.iter().map(|address| {
        let origin = Origin::authored(&address.span);
        Value::from_json(json!({ "Protocol": "email", "Endpoint": address.value.0 }), &origin)
    });
    let topic = Value::map(&origin).with("Subscription", Value::list(subscriptions.collect(), &origin));
    lowering.add(Home::Delivery, this, "Failures", "AWS::SNS::Topic", topic);
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let derived = this.derived("EventBridge tells of failed executions");
    let policy = json!({
        "Topics": [{ "Ref": id("Failures") }],
        "PolicyDocument": { "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sns:Publish",
            "Resource": { "Ref": id("Failures") },
            "Condition": { "ArnLike": { "aws:SourceArn": { "Fn::GetAtt": [id("OnFailure"), "Arn"] } } },
        }] },
    });
    lowering.add(Home::Delivery, this, "FailuresPolicy", "AWS::SNS::TopicPolicy", Value::from_json(policy, &derived));
    let link = "https://<region>.console.aws.amazon.com/codesuite/codepipeline/pipelines/<pipeline>/executions/<execution>/timeline?region=<region>";
    let rule = json!({
        "EventPattern": {
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": { "pipeline": [name], "state": ["FAILED"] },
        },
        "State": "ENABLED",
        "Targets": [{
            "Id": "failures",
            "Arn": { "Ref": id("Failures") },
            "InputTransformer": {
                "InputPathsMap": {
                    "execution": "$.detail.execution-id",
                    "pipeline": "$.detail.pipeline",
                    "region": "$.region",
                },
                "InputTemplate": format!("\"The pipeline <pipeline> has failed: {link}\""),
            },
        }],
    });
    lowering.add(Home::Delivery, this, "OnFailure", "AWS::Events::Rule", Value::from_json(rule, &derived));
}

/// CodePipeline runs a pipeline when it makes it, and has no setting against that: a function stops the execution that
/// was started so, and no other.
fn add_first_run(this: &Entry, name: &str, origin: &Origin, lowering: &mut Lowering<'_>) {
    let arn = format!("arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
    let stop = Statement::new(&["codepipeline:StopPipelineExecution"], vec![Value::sub(arn, origin)], origin);
    let log = Statement::new(
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![Value::get_att(LOGS, "Arn", origin)],
        origin,
    );
    lowering.add_to_shared_role(Home::Delivery, ROLE, "lambda.amazonaws.com", vec![log], origin);
    let role = lowering.add_to_shared_role(Home::Delivery, ROLE, "lambda.amazonaws.com", vec![stop], origin);
    let function = format!("{}-first-run", lowering.model.name.value);
    let logs = json!({ "LogGroupName": format!("/aws/lambda/{function}"), "RetentionInDays": 90 });
    let group =
        lowering.add_shared(Home::Delivery, LOGS, "AWS::Logs::LogGroup", "delivery", Value::from_json(logs, origin));
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    let properties = Value::from_json(
        json!({
            "FunctionName": function,
            "Description": "Stops the execution that a pipeline starts when it is made",
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Handler": "index.handler",
            "MemorySize": 128,
            "Timeout": 30,
            "Code": { "ZipFile": include_str!("notices/first_run.py") },
            "LoggingConfig": { "LogGroup": { "Ref": LOGS } },
        }),
        origin,
    )
    .with("Role", role);
    lowering.add_shared(Home::Delivery, FUNCTION, "AWS::Lambda::Function", "delivery", properties);
    let id = |suffix: &str| logical_id(this.section, &this.name.value, suffix);
    let rule = json!({
        "EventPattern": {
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": {
                "pipeline": [name],
                "state": ["STARTED"],
                "execution-trigger": { "trigger-type": ["CreatePipeline"] },
            },
        },
        "State": "ENABLED",
        "Targets": [{ "Id": "first-run", "Arn": { "Fn::GetAtt": [FUNCTION, "Arn"] } }],
    });
    lowering.add(Home::Delivery, this, "FirstRun", "AWS::Events::Rule", Value::from_json(rule, origin));
    let permission = json!({
        "Action": "lambda:InvokeFunction",
        "FunctionName": { "Ref": FUNCTION },
        "Principal": "events.amazonaws.com",
        "SourceArn": { "Fn::GetAtt": [id("FirstRun"), "Arn"] },
    });
    let permission = Value::from_json(permission, origin);
    lowering.add(Home::Delivery, this, "FirstRunPermission", "AWS::Lambda::Permission", permission);
    // The rule has to be there when the pipeline is made.
    lowering.wait_for(Home::Delivery, &id(""), [id("FirstRun"), id("FirstRunPermission")]);
}
