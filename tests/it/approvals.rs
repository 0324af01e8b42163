//! Approvals from the terminal: the program itself and the real SDK against a running local AWS API server.

use std::collections::BTreeSet;

use aws_sdk_kinesisanalyticsv2::types as flink;
use serde_json::json;

use crate::observation::{allowed, called};
use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, ended, tidegate};
use crate::support::server::Server;

const APPLICATION: &str = "taxi-analytics-application";
const TAXI: &str = "taxi-analytics-prod-taxi";
const POINTER: &str = "/taxi-analytics/prod/flink/taxi/release";
const COMMIT: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const INFRASTRUCTURE: &str = "taxi-analytics-infrastructure";

/// Looks at what waits until something does. Nobody can be asked in a test, so nothing is answered.
#[track_caller]
fn shown(api: &Api, server: &Server, repository: &Repository, pipeline: &str) -> String {
    api.until("an approval", || {
        let ended = repository.against(server, &["approve", pipeline]);
        ended.stderr.contains("nobody can be asked here; say --yes").then(|| ended.exits(2).stdout)
    })
}

/// Answers, while somebody else does something between the look at the approval and the answer to it.
#[track_caller]
fn answered_too_late(server: &Server, api: &Api, repository: &Repository, meanwhile: impl FnOnce()) -> Ended {
    let delay = json!({ "service": "codepipeline", "operation": "PutApprovalResult", "delay_seconds": 4 });
    server.control("PUT", "faults", &json!([delay]));
    let run = tidegate(&["approve", "application", "--yes"]).within(repository.path());
    let child = server.account(run, ACCOUNT).begin();
    api.until("the answer", || (server.control("GET", "faults", &json!(null))[0]["hits"] == 1).then_some(()));
    meanwhile();
    ended(child).exits(1)
}

/// An application as an earlier release left it, but for its snapshots.
fn make_application(api: &Api, bucket: &str, key: &str) {
    let location = flink::S3ContentLocation::builder().bucket_arn(format!("arn:aws:s3:::{bucket}")).file_key(key);
    let content = flink::CodeContent::builder().s3_content_location(location.build().expect("a location")).build();
    let code = flink::ApplicationCodeConfiguration::builder().code_content(content);
    let code = code.code_content_type(flink::CodeContentType::Zipfile).build().expect("code");
    let snapshots = flink::ApplicationSnapshotConfiguration::builder().snapshots_enabled(false).build();
    let configuration = flink::ApplicationConfiguration::builder().application_code_configuration(code);
    let configuration = configuration.application_snapshot_configuration(snapshots.expect("a setting")).build();
    let request = api.flink.create_application().application_name(TAXI).application_configuration(configuration);
    let request = request.service_execution_role(format!("arn:aws:iam::{ACCOUNT}:role/taxi"));
    api.wait(request.runtime_environment(flink::RuntimeEnvironment::Flink120).send()).expect("an application");
}

fn turn_snapshots_on(api: &Api) {
    let on = flink::ApplicationSnapshotConfigurationUpdate::builder().snapshots_enabled_update(true).build();
    let update = flink::ApplicationConfigurationUpdate::builder();
    let update = update.application_snapshot_configuration_update(on.expect("a setting")).build();
    let request = api.flink.update_application().application_name(TAXI).current_application_version_id(1);
    api.wait(request.application_configuration_update(update).send()).expect("an update");
}

fn says(ended: &Ended, words: &str) {
    assert!(ended.stderr.contains(words), "no `{words}` in {}{}", ended.stdout, ended.stderr);
}

#[test]
fn an_approval_is_shown_and_answered_for_exactly_one_execution() {
    let server = Server::with_faults();
    let api = Api::new(&server, ACCOUNT);
    let repository = Repository::of("flink-delivery");
    let answer = |arguments: &[&str]| repository.against(&server, arguments);
    // What these commands call is in their policy, and nothing else.
    let mut calls = BTreeSet::new();
    let mut watched = |look: &dyn Fn() -> String| {
        server.control("DELETE", "calls", &json!(null));
        let text = look();
        calls.extend(called(&server));
        text
    };

    says(&answer(&["approve"]).exits(1), "`tidegate deploy delivery` makes the pipelines");
    let deployed = answer(&["deploy", "delivery", "--yes"]).exits(0);
    let connection = deployed.stdout.lines().find_map(|line| line.trim().strip_prefix("AcmeGithubConnection = "));
    api.shake_hands(connection.expect("the connection"));
    says(&answer(&["approve", "--yes"]).exits(1), "no approval waits");
    says(&answer(&["reject", "aplication", "--yes"]).exits(2), "there are `application` and `infrastructure`");
    says(&answer(&["approve", "--digest", "3F2A"]).exits(2), "a SHA-256 or its beginning");
    says(&answer(&["approve", "--yes", "--reason", &"長".repeat(513)]).exits(2), "at most 512 characters");

    // Before a deployment the change set is shown.
    api.push("acme/taxi-flink", repository.path(), &["pipeline.yaml"]);
    api.push("acme/taxi-infra", repository.path(), &["pipeline.yaml", "generated"]);
    let execution = api.start(INFRASTRUCTURE);
    let text = shown(&api, &server, &repository, "infrastructure");
    assert!(text.contains(&execution) && text.contains("stage Deploy-prod"), "{text}");
    assert!(text.contains("deploys taxi-analytics-prod: ") && text.contains(" added, 0 changed, 0 removed"), "{text}");
    says(&answer(&["approve", "--digest", "3f2a9c1d", "--yes"]).exits(1), "this approval releases nothing");
    let text = watched(&|| answer(&["approve", "--execution", &execution[..8], "--yes"]).exits(0).stdout);
    assert!(text.contains(&format!("approved: approve-release of {INFRASTRUCTURE}")), "{text}");
    api.succeeds(INFRASTRUCTURE, &execution);

    // Before a release, the digest, and what is there now.
    let published = format!("taxi-analytics-published-{ACCOUNT}-us-east-1");
    let (_, sha256) = api.build("taxi-analytics-taxi-jar", "taxi-jar", "jar", &published, b"the first build");
    let execution = api.start(APPLICATION);
    let text = shown(&api, &server, &repository, "application");
    for words in [
        &*format!("releases {sha256} into taxi-analytics-prod-taxi"),
        "now nothing: this is the first release",
        "source app ",
        "asks: Releases builds.taxi-jar with SHA-256",
    ] {
        assert!(text.contains(words), "no `{words}` in {text}");
    }
    says(&answer(&["approve", "--digest", "00000000", "--yes"]).exits(1), &format!("would release {sha256}"));
    says(&answer(&["approve", "--execution", "00000000", "--yes"]).exits(1), "no such approval waits any more, or yet");
    says(&answer(&["approve", "--stage", "Build", "--yes"]).exits(1), "stage Release-taxi");
    let rejected = answer(&["reject", "application", "--reason", "走行が止まる", "--yes"]).exits(0);
    assert!(rejected.stdout.contains("rejected: approve-release"), "{}", rejected.stdout);
    assert_eq!(api.ended(APPLICATION, &execution).as_str(), "Failed");
    assert!(api.failure(APPLICATION).contains("走行が止まる"), "{}", api.failure(APPLICATION));
    says(&answer(&["approve", "application", "--yes"]).exits(1), "no approval waits");

    // The next execution is another approval. Meanwhile there is an application.
    let digest = "77ab01c4".repeat(8);
    let key = format!("builds/taxi-jar/{digest}/taxi-jar.jar");
    api.upload(&published, &key, b"the build of before".to_vec(), &[("sha256", &digest), ("commit", COMMIT)]);
    let point = |key: &str| {
        let request = api.ssm.put_parameter().name(POINTER).value(key).overwrite(true);
        api.wait(request.send()).expect("a pointer")
    };
    point(&key);
    make_application(&api, &published, &key);
    let execution = api.start(APPLICATION);
    let text = shown(&api, &server, &repository, "application");
    for words in [
        &*format!("now {digest}, commit {COMMIT:.12}"),
        "application READY, version 1",
        "snapshots none that is ready",
        "! the release would be refused as it is now: Snapshots of taxi-analytics-prod-taxi are turned off",
    ] {
        assert!(text.contains(words), "no `{words}` in {text}");
    }
    turn_snapshots_on(&api);
    let text = watched(&|| shown(&api, &server, &repository, "application"));
    assert!(text.contains("state can be taken over, as far as is known"), "{text}");
    point("builds/by-hand.jar");
    let text = shown(&api, &server, &repository, "application");
    assert!(text.contains("now builds/by-hand.jar, which is not in the bucket any more"), "{text}");
    assert!(text.contains(&format!("not what the stack has: it runs {digest}, commit {COMMIT:.12}")), "{text}");

    // Somebody else answers first; then the execution is stopped; then another one waits in its place.
    let late = answered_too_late(&server, &api, &repository, || {
        api.approve(APPLICATION, &execution, "Release-taxi", "approve-release", false);
    });
    says(&late, &format!("no longer waits: it was rejected by arn:aws:iam::{ACCOUNT}:root (by a test)"));
    says(&late, "nothing was answered by this command");
    let stopped = api.start(APPLICATION);
    shown(&api, &server, &repository, "application");
    let late = answered_too_late(&server, &api, &repository, || {
        let stop = api.codepipeline.stop_pipeline_execution().pipeline_name(APPLICATION);
        api.wait(stop.pipeline_execution_id(&stopped).abandon(true).send()).expect("a stop");
    });
    says(&late, "no longer waits: the execution is Stop");
    let last = api.start(APPLICATION);
    shown(&api, &server, &repository, "application");
    let overtaken = answer(&["approve", "--execution", &stopped, "--yes"]).exits(1);
    says(&overtaken, "no such approval waits any more, or yet");
    says(&overtaken, &last);
    let approving = ["approve", APPLICATION, "--stage", "Release-taxi", "--digest", &sha256[..12], "--yes"];
    watched(&|| answer(&approving).exits(0).stdout);

    let (allowed, text) = allowed(&repository, &["permissions", "approve"]);
    assert_eq!(calls.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new(), "{text}");
    let objects = ["s3:GetObject", "s3:ListBucket"].map(str::to_owned); // no names of theirs are on the wire
    let more: Vec<_> = allowed.difference(&calls).filter(|action| !objects.contains(action)).collect();
    assert_eq!(more, ["kinesisanalytics:DescribeApplicationSnapshot"], "{calls:?}"); // with `once: {state: NAME}`
    for resource in [
        "arn:aws:codepipeline:us-east-1:111122223333:taxi-analytics-application/*",
        "arn:aws:kinesisanalytics:us-east-1:111122223333:application/taxi-analytics-prod-taxi",
        "parameter/taxi-analytics/prod/flink/taxi/release-record",
        "stack/taxi-analytics-prod/*",
        ":taxi-analytics-published-111122223333-us-east-1/builds/*",
    ] {
        assert!(text.contains(resource), "no `{resource}` in {text}");
    }
    let only = repository.run(&["permissions", "approve", "prod"]).exits(0).stdout;
    assert!(!only.contains("codepipeline") && only.contains("DescribeApplication"), "{only}");
}
