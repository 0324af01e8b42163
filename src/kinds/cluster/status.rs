//! What `tidegate status` shows of a cluster whose steps pipelines submit.

use serde_json::{Value as Json, json};

use super::EmrCluster;
use crate::kinds::{delivery, step_function};
use crate::model::{Entry, Model, logical_id};
use crate::release::{Ask, Form, Said, Shown, Word};

/// A cluster is called by an id that EMR gave it, which its stack knows.
const OF_STACK: [Said; 1] = [Said::plain(Word::Id, "/StackResources/0/PhysicalResourceId")];
const CLUSTER: [Said; 2] =
    [Said::plain(Word::Status, "/Cluster/Status/State"), Said::plain(Word::Runtime, "/Cluster/ReleaseLabel")];
const APPLICATION: [Said; 2] =
    [Said::plain(Word::Status, "/application/state"), Said::plain(Word::Runtime, "/application/releaseLabel")];
/// EMR names the newest first. What follows a step's name is a mark of who submitted it.
const STEP: [Said; 1] =
    [Said::new(Word::Note("last step: {}"), "/Steps/0", Form::Words("{/Name} {/Id} is {/Status/State}"))];
const JOB: [Said; 1] = [Said::new(Word::Note("last step: {}"), "/jobRuns/0", Form::Words("{/name} {/id} is {/state}"))];

pub(super) fn shown(cluster: &EmrCluster, this: &Entry, model: &Model, environment: &str) -> Option<Shown> {
    cluster.steps.as_ref()?;
    let stack = model.stack_name(environment);
    let name = format!("{stack}-{}", this.name.value);
    let ours = |service: &str, rest: &str| {
        format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
    };
    let id = logical_id(this.section, &this.name.value, "");
    let mut asks = vec![Ask {
        service: "cloudformation",
        operation: "DescribeStackResources",
        input: json!({ "StackName": stack, "LogicalResourceId": id }),
        path: None,
        action: "cloudformation:DescribeStackResources",
        resource: ours("cloudformation", &format!("stack/{stack}/*")),
        absent: "ValidationError",
        says: OF_STACK.to_vec(),
    }];
    if cluster.serverless.is_some() {
        let ask = |operation, action, path: &str, says: &[Said]| Ask {
            service: "emr-serverless",
            operation,
            input: Json::Null,
            path: Some(format!("/applications/{{id}}{path}")),
            action,
            resource: ours("emr-serverless", "/applications/*"),
            absent: "ResourceNotFoundException",
            says: says.to_vec(),
        };
        asks.push(ask("GetApplication", "emr-serverless:GetApplication", "", &APPLICATION));
        asks.push(ask("ListJobRuns", "emr-serverless:ListJobRuns", "/jobruns?maxResults=1", &JOB));
    } else {
        let ask = |operation, action, says: &[Said]| Ask {
            service: "emr",
            operation,
            input: json!({ "ClusterId": "{id}" }),
            path: None,
            action,
            resource: ours("elasticmapreduce", "cluster/*"),
            absent: "InvalidRequestException",
            says: says.to_vec(),
        };
        asks.push(ask("DescribeCluster", "elasticmapreduce:DescribeCluster", &CLUSTER));
        asks.push(ask("ListSteps", "elasticmapreduce:ListSteps", &STEP));
    }
    let record = step_function::record(this, &stack);
    let pipelines = delivery::pipelines_of(model, "start", &this.path());
    let (what, code, unstarted, bucket) = ("cluster", "", "", None);
    Some(Shown { what, code, unstarted, name, stack, bucket, record, pipelines, asks })
}
