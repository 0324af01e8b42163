//! What `tidegate status` and the commands about releases say of things that only pipelines release.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::api::{Api, empty_zip};
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::tidegate;
use crate::support::server::Server;

const DOCUMENT: &str = r#"tidegate: 1
name: trips
environments:
  prod: {account: "111122223333", region: eu-west-1}
repos:
  app: {github: acme/trips, connection: acme-github, branch: main}
builds:
  rider: {repo: repos.app, commands: [make rider.zip], output: rider.zip}
functions:
  rider:
    runtime: python3.13
    code: builds.rider
    handler: app.handler
gates:
  release: {notify: [release@acme.example]}
pipelines:
  application:
    - build: builds.rider
    - approve: gates.release
    - release: functions.rider
"#;

const POINTERS: &str = "/trips/prod/functions/rider/";

struct System {
    server: Server,
    api: Api,
    repository: Repository,
}

impl System {
    fn deployed() -> Self {
        Self::of(DOCUMENT)
    }

    fn of(document: &str) -> Self {
        let server = Server::start();
        let repository = Repository::with(document);
        repository.against(&server, &["deploy", "delivery", "--yes", "--allow-danger"]).exits(0);
        repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
        Self { api: Api::at(&server, ACCOUNT, "eu-west-1"), server, repository }
    }

    fn status(&self) -> String {
        self.repository.against(&self.server, &["status", "prod"]).exits(0).stdout
    }

    fn write(&self, place: &str, value: &str) {
        let request = self.api.ssm.put_parameter().name(format!("{POINTERS}{place}")).value(value);
        let request = request.r#type(aws_sdk_ssm::types::ParameterType::String).overwrite(true);
        self.api.wait(request.send()).expect("a parameter");
    }

    fn refuse(&self, operation: &str) {
        let answers = json!([{ "service": ".*", "operation": operation, "code": "AccessDeniedException", "status": 403,
            "message": "no", "times": -1 }]);
        self.server.control("PUT", "answers", &json!({ "account": ACCOUNT, "answers": answers }));
    }
}

#[test]
fn a_function_is_shown_with_its_version_build_commit_and_last_release() {
    let system = System::deployed();
    let before = system.status();
    assert!(before.contains("functions.rider: Active, version 1, no released build, its code is "), "{before}");
    assert!(!before.contains("last release"), "{before}");

    let package = empty_zip();
    let digest = tidegate::source::sha256(&package);
    let key = format!("builds/rider/{digest}/rider.zip");
    let metadata = [("sha256", digest.as_str()), ("commit", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")];
    system.api.upload(&format!("trips-published-{ACCOUNT}-eu-west-1"), &key, package, &metadata);
    system.write("release", &key);
    system.repository.against(&system.server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    let record = json!({ "version": 1, "sha256": digest, "by": "pipeline execution 7f", "ended": 1_795_000_000,
        "outcome": "succeeded", "evidence": "The alias live names version 2." });
    system.write("record", &record.to_string());
    // A new version is `Pending` for a moment.
    let after = system.api.until("an active version", || Some(system.status()).filter(|it| !it.contains("Pending")));
    for line in [
        format!("  functions.rider: Active, version 2, build {:.12}, commit 0a1b2c3d4e5f, python3.13\n", digest),
        format!(
            "    last release: {:.12} succeeded at 2026-11-18 11:06 UTC by pipeline execution 7f:\n      The alias",
            digest
        ),
    ] {
        assert!(after.contains(&line), "{line}{after}");
    }
    let json = system.repository.against(&system.server, &["status", "prod", "--format", "json"]).exits(0).stdout;
    let json: Json = serde_json::from_str(&json).expect("JSON");
    let thing = &json["stacks"][0]["things"][0];
    assert_eq!((&thing["thing"], &thing["application"]), (&json!("functions.rider"), &json!("trips-prod-rider")));
    assert_eq!(thing["running"]["digest"], json!(digest));
    assert_eq!((&thing["running"]["version"], &thing["release"]["outcome"]), (&json!("2"), &json!("succeeded")));

    system.refuse("GET /2015-03-31/functions/[^/]+/aliases/.*");
    let refused = system.status();
    assert!(refused.contains("functions.rider: Active, version 2"), "{refused}");
    assert!(refused.contains("    not known: ") && refused.contains("lambda:GetAlias"), "{refused}");
    system.refuse("GetParameter");
    assert!(system.status().contains("last release: not known: "), "{}", system.status());

    // A record that is none, and a function that is gone.
    system.server.control("PUT", "answers", &json!({ "account": ACCOUNT, "answers": [] }));
    system.write("record", "by hand");
    system.api.wait(system.api.lambda.delete_function().function_name("trips-prod-rider").send()).expect("it is gone");
    let gone = system.status();
    assert!(gone.contains("functions.rider: no function trips-prod-rider; the stack trips-prod makes it"), "{gone}");
    assert!(!gone.contains("last release"), "{gone}");
}

#[test]
fn calls_that_go_over_step_by_step_are_told_and_are_no_drift() {
    let shifted = "    handler: app.handler\n    release: {shift: {canary: 25%, for: 7m}}\n";
    let system = System::of(&DOCUMENT.replace("    handler: app.handler\n", shifted));
    let template = fs::read_to_string(system.repository.path().join("generated/trips/application.template.yaml"));
    let template = template.expect("a template");
    for wanted in [
        "CodeDeployLambdaAliasUpdate",
        "DeploymentConfigName: !Sub ${AWS::StackName}-rider-canary-25-7",
        "CanaryPercentage: 25",
        "RiderFunctionNewFailingAlarm",
        "ExecutedVersion",
    ] {
        assert!(template.contains(wanted), "{wanted}: {template}");
    }
    // A change of settings publishes a second version.
    system.repository.edit("    handler: app.handler\n", "    handler: app.handler\n    memory: 512MiB\n");
    system.repository.against(&system.server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    let routing =
        aws_sdk_lambda::types::AliasRoutingConfiguration::builder().additional_version_weights("1", 0.25).build();
    let request = system.api.lambda.update_alias().function_name("trips-prod-rider").name("live");
    system.api.wait(request.routing_config(routing).send()).expect("the weights");
    assert!(system.status().contains("    calls go to another version, too: 25% to 1\n"), "{}", system.status());
    let drift = system.repository.against(&system.server, &["drift", "prod", "--detailed-exitcode"]).exits(0);
    assert!(drift.stdout.contains("legitimately: CodeDeploy shares the calls"), "{}", drift.stdout);

    // An alarm ends the shift: the stack goes back, and so does the deployment say.
    let failure = json!({ "function": "trips-prod-rider", "reason": "Deployment d-5X1ABCDEF was stopped by an alarm" });
    system.server.control("POST", "shifts/fail", &failure);
    system.repository.edit("memory: 512MiB", "memory: 1024MiB");
    let failed = system.repository.against(&system.server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(1);
    assert!((failed.stdout + &failed.stderr).contains("d-5X1ABCDEF was stopped by an alarm"), "{}", "the reason");
    let back = system.api.until("an active version", || Some(system.status()).filter(|it| !it.contains("Pending")));
    assert!(back.contains("functions.rider: Active, version 2"), "{back}");
}

#[test]
fn who_would_release_a_function_by_hand_is_told_which_pipeline_does_it() {
    let repository = Repository::with(DOCUMENT);
    for command in ["release", "rollback", "start", "stop", "snapshots"] {
        let refused = repository.run(&[command, "functions.rider"]).exits(2).stderr;
        assert!(refused.contains("`functions.rider` is released by the pipeline trips-application"), "{refused}");
        assert!(refused.contains("--source-revisions"), "{refused}");
    }
    repository.edit("    - approve: gates.release\n    - release: functions.rider\n", "");
    let refused = repository.run(&["release", "rider"]).exits(2).stderr;
    assert!(refused.contains("`functions.rider` is released by pipelines, and none of this document"), "{refused}");
}

#[test]
fn the_policy_of_releases_has_what_status_asks() {
    let repository = Repository::with(DOCUMENT);
    let policy = repository.run(&["permissions", "release"]).exits(0).stdout;
    for wanted in [
        "lambda:GetFunctionConfiguration",
        "arn:aws:lambda:eu-west-1:111122223333:function:trips-prod-rider:live",
        "lambda:GetAlias",
        "parameter/trips/prod/functions/rider/record",
        "trips-published-111122223333-eu-west-1/builds/*",
    ] {
        assert!(policy.contains(wanted), "{wanted}: {policy}");
    }
    assert!(tidegate(&["permissions", "release", "--file", "nothing.yaml"]).run().code != Some(0));
}

const STREAMING: &str = r#"tidegate: 1
name: trips
environments:
  prod: {account: "111122223333", region: us-east-1}
repos:
  infra: {github: acme/trips-infra, connection: acme-github, branch: main}
buckets:
  code: {}
jobs:
  join:
    streaming: "5.1"
    script: scripts/join.py
    timeout: 10079m
    release: {deadline: 1h, health: {for: 2m}}
clusters:
  enrich:
    serverless: {release: emr-7.9.0, type: spark, limit: {cpu: 4, memory: 16GiB}}
    steps:
      load: {code: buckets.code/load.py}
      follow: {code: buckets.code/follow.py, streaming: true, health: {for: 2m}}
pipelines:
  streams:
    - verify: repos.infra
    - release: jobs.join
    - start: clusters.enrich
"#;

/// The rendered functions run in the pipeline, and status shows what they did.
#[test]
fn streaming_jobs_and_steps_are_released_by_a_pipeline_and_shown() {
    let server = Server::with_jobs_that_are_well();
    let repository = Repository(tempfile::tempdir().expect("a folder"));
    fs::create_dir_all(repository.path().join("scripts")).expect("a folder");
    fs::write(repository.path().join("pipeline.yaml"), STREAMING).expect("the document");
    let script = "print('join')\n";
    fs::write(repository.path().join("scripts/join.py"), script).expect("a script");
    repository.render();
    let digest = tidegate::source::sha256(script.as_bytes());
    let deployed = repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0).stdout;
    let api = Api::at(&server, ACCOUNT, "us-east-1");
    let connection = deployed.lines().find_map(|line| line.trim().strip_prefix("AcmeGithubConnection = "));
    api.shake_hands(connection.expect("the connection"));
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let status = || {
        let shown = repository.against(&server, &["status", "prod"]).exits(0).stdout;
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let before = status();
    assert!(before.contains(&format!("jobs.join: never started, script {digest:.12} ")), "{before}");
    assert!(before.contains("clusters.enrich: CREATED, emr-7.9.0 "), "{before}");

    let code = format!("trips-prod-code-{ACCOUNT}-us-east-1");
    for program in ["load.py", "follow.py"] {
        api.upload(&code, program, b"pass".to_vec(), &[]);
    }
    let planned = |service: &str, holds: &str, states: Json, reason: Json| {
        let plan = json!({ "account": ACCOUNT, "region": "us-east-1", "service": service, "holds": holds,
            "states": states, "reason": reason });
        server.control("POST", "runs/plan", &plan);
    };
    planned("emr-serverless", "follow", json!(["SUBMITTED", "RUNNING"]), Json::Null);
    api.push("acme/trips-infra", repository.path(), &["scripts", "pipeline.yaml"]);
    let execution = api.start("trips-streams");
    api.succeeds("trips-streams", &execution);
    let after = status();
    for line in [
        format!("UTC, script {digest:.12} last release: {digest:.12} succeeded at "),
        format!(" by pipeline execution {execution}: Run jr_"),
        "RUNNING for 2 minutes, without an error.".to_owned(),
        "last step: follow ".to_owned(),
        "Steps: load SUCCESS, follow RUNNING.".to_owned(),
    ] {
        assert!(after.contains(&line), "{line}\n{after}");
    }
    let json = repository.against(&server, &["status", "prod", "--format", "json"]).exits(0).stdout;
    let json: Json = serde_json::from_str(&json).expect("JSON");
    let things = &json["stacks"][0]["things"];
    assert_eq!((&things[0]["thing"], &things[0]["running"]["status"]), (&json!("jobs.join"), &json!("RUNNING")));
    assert_eq!(
        (&things[1]["thing"], &things[1]["release"]["outcome"]),
        (&json!("clusters.enrich"), &json!("succeeded"))
    );

    // The next script fails at its start: what ran before comes back, and status says both.
    fs::write(repository.path().join("scripts/join.py"), "print('broken')\n").expect("a script");
    planned("glue", "trips-published", json!(["STARTING", "RUNNING"]), Json::Null);
    let broken = tidegate::source::sha256(b"print('broken')\n");
    planned("glue", &broken[..16], json!(["STARTING", "FAILED"]), json!("ImportError: no module"));
    repository.render();
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let execution = api.start("trips-streams");
    assert_eq!(api.ended("trips-streams", &execution).as_str(), "Failed");
    let reason = api.failure("trips-streams");
    assert!(reason.contains("ImportError: no module") && reason.contains("It was rolled back"), "{reason}");
    let back = status();
    assert!(back.contains(&format!("UTC, script {digest:.12} last release: {broken:.12} failed at ")), "{back}");
    assert!(back.contains("It was rolled back: trips-prod-join runs s3://trips-published-"), "{back}");

    let policy = repository.run(&["permissions", "release", "prod"]).exits(0).stdout;
    for wanted in ["glue:GetJobRuns", "emr-serverless:ListJobRuns", "parameter/tidegate/records/trips-prod/jobs/join"] {
        assert!(policy.contains(wanted), "{wanted}: {policy}");
    }
}
