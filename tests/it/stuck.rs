//! Stacks that CloudFormation does not let go on, what `doctor` does about them, and waiting for others: the real program
//! and SDK against a running server. A resource of somebody's own says what fails, and how long it takes.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::python;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, ended, tidegate};
use crate::support::server::Server;

const DOCUMENT: &str = "tidegate: 1
name: rides
environments:
  prod: {account: \"111122223333\", region: eu-central-1}
streams:
  trips: {mode: provisioned, shards: 1, retention: 24h}
resources:
  Keeper:
    Type: Custom::Keeper
    Properties: {ServiceToken: \"arn:aws:lambda:eu-central-1:111122223333:function:keeper\", Word: one}
";
const DEPLOY: &[&str] = &["deploy", "prod", "--yes", "--allow-danger"];

/// The function behind the resource, as an account's owner makes and changes it.
const FUNCTION: &str = r#"
import io, json, sys, zipfile
import boto3

url, account, environment = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
lambda_ = boto3.client("lambda", region_name="eu-central-1", endpoint_url=url, aws_access_key_id=account,
                       aws_secret_access_key="test")
CODE = '''
import json, os, time, urllib.request
def handler(event, context):
    time.sleep(float(os.environ.get("SECONDS", "0")))
    status = "FAILED" if event["RequestType"] in os.environ.get("FAILS", "").split() else "SUCCESS"
    body = {"Status": status, "Reason": "the keeper says no", "PhysicalResourceId": "keeper-1",
            "StackId": event["StackId"], "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"]}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
'''
try:
    lambda_.update_function_configuration(FunctionName="keeper", Environment={"Variables": environment})
except lambda_.exceptions.ResourceNotFoundException:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.py", CODE)
    lambda_.create_function(FunctionName="keeper", Runtime="python3.13", Handler="index.handler",
                            Role=f"arn:aws:iam::{account}:role/keeper", Code={"ZipFile": file.getvalue()}, Timeout=30,
                            Environment={"Variables": environment})
"#;

/// Deletes a stack as somebody does who knows only AWS's own tools.
const DELETE: &str = r#"
import sys, time
import boto3

client = boto3.client("cloudformation", region_name="eu-central-1", endpoint_url=sys.argv[1],
                      aws_access_key_id=sys.argv[2], aws_secret_access_key="test")
client.update_termination_protection(StackName=sys.argv[3], EnableTerminationProtection=False)
client.delete_stack(StackName=sys.argv[3])
while client.describe_stacks(StackName=sys.argv[3])["Stacks"][0]["StackStatus"] == "DELETE_IN_PROGRESS":
    time.sleep(0.1)
"#;

fn python(server: &Server, script: &str, arguments: &[&str]) {
    let output = Command::new(python::program("python"))
        .args(["-c", script, &server.url, ACCOUNT])
        .args(arguments)
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The document, and the function behind its resource, which does not fail.
fn begin() -> (Server, Repository) {
    let server = Server::with_faults();
    keeper(&server, &json!({}));
    (server, Repository::with(DOCUMENT))
}

fn keeper(server: &Server, environment: &Json) {
    python(server, FUNCTION, &[&environment.to_string()]);
}

fn fails(server: &Server, operation: &str) {
    keeper(server, &json!({ "FAILS": operation }));
}

#[track_caller]
fn says(ended: &Ended, words: &[&str]) {
    let text = format!("{}{}", ended.stdout, ended.stderr);
    for words in words {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

#[test]
fn a_creation_that_failed_is_deleted_and_done_again() {
    let (server, repository) = begin();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    fails(&server, "Create");
    says(&run(DEPLOY).exits(1), &["ROLLBACK_COMPLETE", "`Keeper`", "the keeper says no", "--> pipeline.yaml:8:3"]);
    fails(&server, "");
    says(&run(DEPLOY).exits(1), &["is in the state ROLLBACK_COMPLETE", "tidegate doctor --fix"]);
    says(
        &run(&["doctor", "prod"]).exits(1),
        &["ROLLBACK_COMPLETE: its creation failed", "delete it, then deploy again"],
    );
    // Nothing is left of it, so nothing is lost.
    run(&["doctor", "prod", "--fix"]).exits(2);
    says(&run(&["doctor", "prod", "--fix", "--yes"]).exits(0), &["DELETE_COMPLETE"]);
    run(DEPLOY).exits(0);
    run(&["doctor", "prod"]).exits(0);
}

#[test]
fn a_rollback_that_failed_goes_on_when_its_cause_is_gone() {
    let (server, repository) = begin();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    run(DEPLOY).exits(0);
    fails(&server, "Update");
    repository.edit("Word: one", "Word: two");
    repository.edit("retention: 24h", "retention: 48h");
    says(&run(DEPLOY).exits(1), &["UPDATE_ROLLBACK_FAILED", "`Keeper`"]);
    says(&run(DEPLOY).exits(1), &["is in the state UPDATE_ROLLBACK_FAILED", "tidegate doctor --fix"]);
    let found = run(&["doctor", "prod"]).exits(1);
    says(&found, &["UPDATE_ROLLBACK_FAILED: an update failed, and so did its rollback", "--skip LOGICAL_ID"]);
    // As long as nothing is mended, it fails again, and says so.
    says(&run(&["doctor", "prod", "--fix", "--yes"]).exits(1), &["UPDATE_ROLLBACK_FAILED", "the keeper says no"]);
    fails(&server, "");
    says(&run(&["doctor", "prod", "--fix", "--yes"]).exits(0), &["UPDATE_ROLLBACK_COMPLETE"]);
    run(&["doctor", "prod"]).exits(0);
    run(DEPLOY).exits(0);

    // What cannot be mended is left out.
    fails(&server, "Update");
    repository.edit("Word: two", "Word: three");
    says(&run(DEPLOY).exits(1), &["UPDATE_ROLLBACK_FAILED"]);
    let skipped = run(&["doctor", "prod", "--fix", "--yes", "--skip", "Keeper"]).exits(0);
    says(&skipped, &["UPDATE_ROLLBACK_COMPLETE"]);
    run(&["doctor", "prod"]).exits(0);
}

#[test]
fn a_deletion_that_failed_is_done_without_what_stays() {
    let (server, repository) = begin();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    run(DEPLOY).exits(0);
    fails(&server, "Delete");
    python(&server, DELETE, &["rides-prod"]);
    says(&run(DEPLOY).exits(1), &["is in the state DELETE_FAILED", "tidegate doctor --fix"]);
    let found = run(&["doctor", "prod"]).exits(1);
    says(
        &found,
        &["DELETE_FAILED: its deletion failed", "Keeper (Custom::Keeper, keeper-1) stays, and is in no stack"],
    );
    let refused = run(&["doctor", "prod", "--fix", "--yes"]).exits(1);
    says(&refused, &["Delete the stack", "without Keeper?", "--allow-danger"]);
    says(&run(&["doctor", "prod", "--fix", "--yes", "--allow-danger"]).exits(0), &["DELETE_COMPLETE"]);
    fails(&server, "");
    run(DEPLOY).exits(0);
}

#[test]
fn change_sets_that_nobody_wants_are_deleted_after_a_word() {
    let (server, repository) = begin();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    run(DEPLOY).exits(0);
    let by_somebody = "import boto3, sys
client = boto3.client('cloudformation', region_name='eu-central-1', endpoint_url=sys.argv[1],
    aws_access_key_id=sys.argv[2], aws_secret_access_key='test')
client.create_change_set(StackName='rides-prod', ChangeSetName='release', TemplateBody='{\"Resources\": {\"T\": \
                       {\"Type\": \"AWS::SNS::Topic\"}}}')";
    python(&server, by_somebody, &[]);
    run(&["doctor", "prod"]).exits(0);
    repository.edit("retention: 24h", "retention: 48h");
    run(&["plan", "prod", "--out", "prod.plan"]).exits(0);
    let found = run(&["doctor", "prod"]).exits(1);
    says(&found, &["1 finding", "the change set tidegate-", "ago, waits to be executed", "loses: what the plan"]);
    says(&run(&["doctor", "prod", "--fix", "--yes"]).exits(1), &["--allow-danger"]);
    says(&run(&["doctor", "prod", "--fix", "--yes", "--allow-danger"]).exits(0), &["is deleted"]);
    says(&run(&["deploy", "--plan", "prod.plan", "--yes"]).exits(1), &["is gone", "help: plan again"]);
    let denied = json!([{ "operation": "ListChangeSets", "times": -1, "code": "AccessDenied", "status": 403,
        "message": "User: u is not authorized to perform: cloudformation:ListChangeSets on resource: r" }]);
    server.control("PUT", "faults", &denied);
    says(&run(&["doctor", "prod"]).exits(1), &["rights: ", "cloudformation:ListChangeSets"]);
    server.control("PUT", "faults", &json!([]));
    run(&["doctor", "prod"]).exits(0);
}

/// A copy of the document elsewhere, as a colleague has it.
fn elsewhere(repository: &Repository) -> Repository {
    let text = fs::read_to_string(repository.path().join("pipeline.yaml")).expect("the document");
    Repository::with(&text)
}

#[test]
fn others_are_waited_for_as_long_as_is_said() {
    let (server, repository) = begin();
    repository.against(&server, DEPLOY).exits(0);
    keeper(&server, &json!({ "SECONDS": "20" }));
    repository.edit("Word: one", "Word: two");
    let colleague = elsewhere(&repository);
    let at_work = |status: &str| {
        let began = std::time::Instant::now();
        while !repository.against(&server, &["status", "prod"]).stdout.contains(status) {
            assert!(began.elapsed() < std::time::Duration::from_secs(60), "never {status}");
        }
    };
    let first = server.account(tidegate(DEPLOY).within(repository.path()), ACCOUNT).begin();
    at_work("UPDATE_IN_PROGRESS");
    // By default nobody waits; of who waits too shortly, it is said for whom.
    says(&colleague.against(&server, DEPLOY).exits(1), &["is locked by arn:aws:", "tidegate deploy --wait 10m"]);
    let shortly = [DEPLOY, &["--wait", "1s"]].concat();
    says(&colleague.against(&server, &shortly).exits(1), &["waiting, for 1 s more", "is locked by arn:aws:"]);
    says(&repository.against(&server, &shortly).exits(1), &["another process on this machine is at work", "after "]);
    let patient = colleague.against(&server, &[DEPLOY, &["--wait", "2m"]].concat()).exits(0);
    says(&patient, &["waiting, for 2 min more: `rides-prod` is locked by arn:aws:", "up to date"]);
    ended(first).exits(0);

    // An operation without a lock: a pipeline's, or a person's.
    repository.edit("Word: two", "Word: three");
    let free: &[&str] = &["deploy", "prod", "--yes", "--allow-danger", "--no-lock"];
    let first = server.account(tidegate(free).within(repository.path()), ACCOUNT).begin();
    at_work("UPDATE_IN_PROGRESS");
    let shortly = colleague.against(&server, &[free, &["--wait", "1s"]].concat()).exits(1);
    says(&shortly, &["the stack `rides-prod` is still UPDATE_IN_PROGRESS after", "tidegate doctor"]);
    colleague.edit("Word: two", "Word: three");
    let patient = colleague.against(&server, &[free, &["--wait", "2m"]].concat()).exits(0);
    says(&patient, &["waiting, for 2 min more: the stack `rides-prod` is UPDATE_IN_PROGRESS", "up to date"]);
    ended(first).exits(0);
    for wrong in ["10", "soon", "0s"] {
        says(&colleague.against(&server, &["deploy", "prod", "--wait", wrong]).exits(2), &["write e.g. `90s`"]);
    }
}
