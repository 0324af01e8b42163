//! Stacks for tests: every value has a span of its own resource's line.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use crate::desired::{Deployment, Origin, Parameter, Resource, Stack, Value};
use crate::source::{SourceFile, Span};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-west-1";

/// The line of a resource in the sample file: `id:` stands there.
fn origin(file: &Arc<SourceFile>, id: &str) -> Origin {
    let start = file.text().find(&format!("{id}:")).unwrap_or(0);
    Origin::authored(&Span::new(file, start, start + id.len()))
}

/// `template` is CloudFormation's JSON; `values` are the deployment's parameters.
pub(super) fn stack(template: &Json, values: &[(&str, Json)]) -> Stack {
    let entries = |key: &str| template[key].as_object().cloned().unwrap_or_default();
    let text: String = entries("Resources").keys().map(|id| format!("{id}: here\n")).collect();
    let file = SourceFile::new("pipeline.yaml", text);
    let top = Origin::authored(&Span::start_of(&file));
    let resource = |(id, entry): (String, Json)| {
        let origin = origin(&file, &id);
        let properties = Value::from_json(entry["Properties"].clone(), &origin);
        let resource = Resource {
            condition: entry["Condition"].as_str().map(str::to_owned),
            ..Resource::new(entry["Type"].as_str().unwrap(), format!("things.{id}"), properties, origin)
        };
        (id, resource)
    };
    let parameter = |(id, entry): (String, Json)| {
        let parameter = Parameter {
            parameter_type: entry["Type"].as_str().unwrap().to_owned(),
            description: String::new(),
            default: entry.get("Default").map(|default| Value::from_json(default.clone(), &top)),
            constraints: Vec::new(),
            origin: top.clone(),
        };
        (id, parameter)
    };
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), Value::from_json(value.clone(), &top)));
    let deployment = Deployment {
        environment: "prod".to_owned(),
        stack_name: "rides-prod".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        parameters: values.collect(),
        tags: vec![("system".to_owned(), "rides".to_owned())],
        protected: true,
        origin: top.clone(),
    };
    let conditions = entries("Conditions").into_iter().map(|(id, value)| (id, Value::from_json(value, &top)));
    Stack {
        role: "application".into(),
        description: String::new(),
        parameters: entries("Parameters").into_iter().map(parameter).collect(),
        conditions: conditions.collect(),
        resources: entries("Resources").into_iter().map(resource).collect(),
        outputs: IndexMap::new(),
        deployments: vec![deployment],
        ..Stack::default()
    }
}

/// One resource of each kind that matters to releases.
pub(super) fn rides() -> Json {
    json!({
        "Parameters": { "Retention": { "Type": "Number", "Default": 48 } },
        "Resources": {
            "Trips": { "Type": "AWS::Kinesis::Stream", "Properties": {
                "Name": "trips", "ShardCount": 2, "RetentionPeriodHours": { "Ref": "Retention" },
                "StreamModeDetails": { "StreamMode": "PROVISIONED" },
                "Tags": [{ "Key": "team", "Value": "data" }] } },
            "Role": { "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" },
                      "Action": "sts:AssumeRole" }] } } },
            "Enrich": { "Type": "AWS::Lambda::Function", "Properties": {
                "MemorySize": 256, "Timeout": 30, "Runtime": "python3.13", "Handler": "index.handler",
                "Role": { "Fn::GetAtt": ["Role", "Arn"] },
                "Environment": { "Variables": {
                    "STREAM": { "Ref": "Trips" }, "ARN": { "Fn::GetAtt": ["Trips", "Arn"] } } } } },
            "Sessions": { "Type": "AWS::KinesisAnalyticsV2::Application", "Properties": {
                "ApplicationName": { "Fn::Sub": "sessions-${AWS::Region}" }, "RuntimeEnvironment": "FLINK-1_20",
                "ServiceExecutionRole": { "Fn::GetAtt": ["Role", "Arn"] },
                "ApplicationConfiguration": {
                    "EnvironmentProperties": { "PropertyGroups": [
                        { "PropertyGroupId": "app", "PropertyMap": { "source": { "Ref": "Trips" }, "window": "60" } },
                        { "PropertyGroupId": "sink", "PropertyMap": { "kind": "none" } }] },
                    "FlinkApplicationConfiguration": { "ParallelismConfiguration": {
                        "ConfigurationType": "CUSTOM", "Parallelism": 4, "ParallelismPerKPU": 1,
                        "AutoScalingEnabled": false } } } } },
            "Delivery": { "Type": "AWS::CodePipeline::Pipeline", "Properties": {
                "Name": "rides", "ExecutionMode": "QUEUED", "RoleArn": { "Fn::GetAtt": ["Role", "Arn"] },
                "Stages": [
                    { "Name": "Source", "Actions": [{ "Name": "Code", "Configuration": { "S3Bucket": "b" } }] },
                    { "Name": "Prod", "Actions": [
                        { "Name": "Approve", "RunOrder": 1 },
                        { "Name": "Deploy", "RunOrder": 2,
                          "Configuration": { "ParameterOverrides": "{\"a\":\"b\"}" } }] }] } },
        },
    })
}

/// What somebody changes in [`rides`] later: an update, a new resource and one less.
pub(super) fn rides_later() -> Json {
    let mut template = rides();
    let resources = template["Resources"].as_object_mut().unwrap();
    resources.shift_remove("Enrich");
    resources["Trips"]["Properties"]["RetentionPeriodHours"] = json!(72);
    resources
        .insert("Alerts".to_owned(), json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": "alerts" } }));
    template
}
