//! From an empty account to a running system, its updates, and what somebody changed by hand: the program itself and the
//! real SDK against a running local AWS API server.
//!
//! MiniStack proves stacks, change sets, rollback, Lambda, Kinesis, SSM and S3. Pipelines, connections and the
//! transitions of Flink applications are this project's own scaffolding on top of it (`tests/server/README.md`): what
//! they show is no evidence about AWS, only that the generated definitions hang together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use aws_sdk_kinesisanalyticsv2::types as flink;

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository, differences, findings, ledger};
use crate::support::run::{Ended, tidegate};
use crate::support::server::Server;
use crate::support::{bless_part, every_feature, every_feature_by_life_cycle, python, root};

/// Everything that the first system is made of, in the order in which it happens in an empty account.
fn from_an_empty_account(spec: &str, system: &str, build: &str, extension: &str, repositories: [&str; 2]) {
    let server = Server::with_jobs_that_are_well();
    let api = Api::new(&server, ACCOUNT);
    let repository = Repository::of(spec);
    let (prod, delivery) = (format!("{system}-prod"), format!("{system}-delivery"));
    let (application, infrastructure) = (format!("{system}-application"), format!("{system}-infrastructure"));
    let taxi = format!("{prod}-taxi");
    let published = format!("{system}-published-{ACCOUNT}-us-east-1");

    // Nothing is there, and the tool says where to begin.
    let status = repository.against(&server, &["status"]).exits(0).stdout;
    assert!(status.contains(&format!("{delivery} (account {ACCOUNT}, us-east-1): not deployed")), "{status}");
    assert!(status.contains("next: `tidegate deploy delivery` makes this stack"), "{status}");

    // Nobody can be asked in a test, so nothing happens without --yes.
    repository.against(&server, &["deploy", "delivery"]).exits(2);
    let deployed = repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    assert!(deployed.stderr.contains("connection `acme-github`"), "{}", deployed.stderr);
    assert!(deployed.stderr.contains("pipeline.yaml:"), "{}", deployed.stderr);
    let connection = deployed
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("AcmeGithubConnection = "))
        .expect("the connection");
    api.shake_hands(connection);

    // The infrastructure pipeline deploys what is committed, after an approval of its change set.
    api.push(repositories[0], repository.path(), &["pipeline.yaml"]);
    api.push(repositories[1], repository.path(), &["pipeline.yaml", "generated"]);
    let execution = api.start(&infrastructure);
    api.approve(&infrastructure, &execution, "Deploy-prod", "approve-release", true);
    api.succeeds(&infrastructure, &execution);
    assert!(api.application(&taxi).is_none(), "an application without code");
    let status = repository.against(&server, &["status", "prod"]).exits(0).stdout;
    assert!(status.contains("`flink.taxi` waits for its first release"), "{status}");

    // The first release makes the application and starts it.
    let first = api.build(&format!("{system}-{build}"), build, extension, &published, b"the first build").0;
    let execution = api.start(&application);
    api.approve(&application, &execution, "Release-taxi", "approve-release", true);
    api.succeeds(&application, &execution);
    let detail = api.application(&taxi).expect("the application");
    assert_eq!(detail.application_status(), &flink::ApplicationStatus::Running);
    assert_eq!(api.code_key(&taxi), Some(first.clone()));

    // A rejected release changes nothing.
    let rejected = api.build(&format!("{system}-{build}"), build, extension, &published, b"a bad build").0;
    let execution = api.start(&application);
    api.approve(&application, &execution, "Release-taxi", "approve-release", false);
    assert_eq!(api.ended(&application, &execution).as_str(), "Failed");
    assert_eq!(api.code_key(&taxi), Some(first.clone()));
    assert_ne!(rejected, first);

    // The second release updates it in place.
    let second = api.build(&format!("{system}-{build}"), build, extension, &published, b"the second build").0;
    let execution = api.start(&application);
    api.approve(&application, &execution, "Release-taxi", "approve-release", true);
    api.succeeds(&application, &execution);
    assert_eq!(api.code_key(&taxi), Some(second.clone()));
    assert_eq!(
        api.application(&taxi).expect("the application").application_status(),
        &flink::ApplicationStatus::Running
    );

    // A release is no drift, and an infrastructure deploy does not bring the older build back.
    repository.is_in_sync(&server, ACCOUNT);
    repository.edit("memory: 256MiB", "memory: 512MiB");
    api.push(repositories[1], repository.path(), &["pipeline.yaml", "generated"]);
    let execution = api.start(&infrastructure);
    api.approve(&infrastructure, &execution, "Deploy-prod", "approve-release", true);
    api.succeeds(&infrastructure, &execution);
    let function =
        api.wait(api.lambda.get_function().function_name(format!("{prod}-producer")).send()).expect("the function");
    assert_eq!(function.configuration().and_then(|configuration| configuration.memory_size()), Some(512));
    assert_eq!(api.code_key(&taxi), Some(second.clone()));
    repository.is_in_sync(&server, ACCOUNT);

    // An update by hand: planned, refused while it is dangerous, deployed, and nothing is left to do.
    repository.edit("retention: 24h", "retention: 48h");
    let plan = repository.against(&server, &["plan", "prod", "--detailed-exitcode"]).exits(2).stdout;
    assert!(plan.contains("~ AWS::Kinesis::Stream TripsStream"), "{plan}");
    repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    let stream = api
        .wait(api.kinesis.describe_stream_summary().stream_name(format!("{prod}-trips")).send())
        .expect("the stream");
    assert_eq!(stream.stream_description_summary().map(|summary| summary.retention_period_hours()), Some(48));
    assert_eq!(api.code_key(&taxi), Some(second));
    repository.against(&server, &["plan", "--detailed-exitcode"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);

    inject_drift(&api, &prod, &infrastructure, &application);
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(2);
    let found = differences(&drift);
    for (id, property) in [
        ("TripsStream", "RetentionPeriodHours"),
        ("TaxiFlink", "ApplicationConfiguration.FlinkApplicationConfiguration.ParallelismConfiguration.Parallelism"),
        ("TaxiFlink", "flink.stream.initpos"),
        ("ProducerFunction", "MemorySize"),
        ("InfrastructurePipeline", "approve-release"),
        ("ApplicationPipeline", "DisableInboundStageTransitions"),
    ] {
        assert!(
            found.iter().any(|(found, path)| found == id && path.contains(property)),
            "no {id} {property} in {found:#?}"
        );
    }
    let resources: BTreeSet<_> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(
        resources.into_iter().collect::<Vec<_>>(),
        ["ApplicationPipeline", "InfrastructurePipeline", "ProducerFunction", "TaxiFlink", "TripsStream"]
    );
    let concise = repository.against(&server, &["drift", "prod", "--format", "concise"]).exits(0).stdout;
    assert!(concise.contains("pipeline.yaml:22:52: error[drift/changed]"), "{concise}");
    let text = repository.against(&server, &["drift", "prod"]).exits(0).stdout;
    assert!(text.contains("values compared") && text.contains("not checkable"), "{text}");

    // All of it is taken back; what becomes of the job's state is said before.
    let before = api.code_key(&taxi);
    let shown = repository.against(&server, &["reconcile", "prod", "--revert", "all", "--dry-run"]).exits(0).stdout;
    assert!(
        shown.contains("by the service's own API") && shown.contains("! restarts the job from a snapshot"),
        "{shown}"
    );
    for place in ["prod", "delivery"] {
        repository.against(&server, &["reconcile", place, "--revert", "all", "--yes", "--allow-danger"]).exits(0);
    }
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);
    assert_eq!(api.code_key(&taxi), before);
    let status = api.application(&taxi).map(|detail| detail.application_status().clone());
    assert_eq!(status, Some(flink::ApplicationStatus::Running));
}

/// Somebody changes things by hand.
fn inject_drift(api: &Api, prod: &str, infrastructure: &str, application: &str) {
    let stream = format!("{prod}-trips");
    api.wait(api.kinesis.increase_stream_retention_period().stream_name(&stream).retention_period_hours(72).send())
        .expect("a longer retention");
    let function = format!("{prod}-producer");
    api.wait(api.lambda.update_function_configuration().function_name(&function).memory_size(1024).send())
        .expect("more memory");

    let taxi = format!("{prod}-taxi");
    let detail = api.application(&taxi).expect("the application");
    let parallelism = flink::ParallelismConfigurationUpdate::builder().parallelism_update(8).build();
    let group = flink::PropertyGroup::builder()
        .property_group_id("KinesisReader")
        .property_map("input.stream.name", stream.as_str())
        .property_map("aws.region", "us-east-1")
        .property_map("flink.stream.initpos", "TRIM_HORIZON");
    let mut groups = flink::EnvironmentPropertyUpdates::builder().property_groups(group.build().expect("a group"));
    let described =
        detail.application_configuration_description().and_then(|it| it.environment_property_descriptions());
    let groups_there = described.map(|it| it.property_group_descriptions()).unwrap_or_default();
    for other in groups_there.iter().filter(|group| group.property_group_id() != "KinesisReader") {
        groups = groups.property_groups(other.clone());
    }
    let update = flink::ApplicationConfigurationUpdate::builder()
        .flink_application_configuration_update(
            flink::FlinkApplicationConfigurationUpdate::builder().parallelism_configuration_update(parallelism).build(),
        )
        .environment_property_updates(groups.build().expect("groups"));
    let request =
        api.flink.update_application().application_name(&taxi).application_configuration_update(update.build());
    api.wait(request.set_conditional_token(detail.conditional_token().map(str::to_owned)).send()).expect("an update");
    api.until("the update", || {
        (api.application(&taxi)?.application_status() == &flink::ApplicationStatus::Running).then_some(())
    });

    let live = api.wait(api.codepipeline.get_pipeline().name(infrastructure).send()).expect("the pipeline");
    let pipeline = live.pipeline().expect("the pipeline").clone();
    let stages = pipeline.stages().iter().map(|stage| {
        let actions = stage
            .actions()
            .iter()
            .filter(|action| action.action_type_id().is_none_or(|kind| kind.category().as_str() != "Approval"));
        let actions = Some(actions.cloned().collect());
        aws_sdk_codepipeline::types::StageDeclaration::builder()
            .name(stage.name())
            .set_actions(actions)
            .build()
            .expect("a stage")
    });
    let stages = stages.collect();
    let mut unguarded = pipeline.clone();
    unguarded.stages = stages;
    api.wait(api.codepipeline.update_pipeline().pipeline(unguarded).send()).expect("a pipeline without its approval");
    api.disable_transition(application, "Release-taxi");
}

#[test]
fn a_java_application_from_an_empty_account() {
    from_an_empty_account(
        "flink-delivery",
        "taxi-analytics",
        "taxi-jar",
        "jar",
        ["acme/taxi-flink", "acme/taxi-infra"],
    );
}

#[test]
fn a_python_application_from_an_empty_account() {
    from_an_empty_account(
        "flink-delivery-python",
        "taxi-analytics-python",
        "taxi-zip",
        "zip",
        ["acme/taxi-pyflink", "acme/taxi-pyinfra"],
    );
}

/// CloudFormation refuses an application whose code is not there; the message leads to the line that asks for it.
const PACKAGES: &str = r#"tidegate: 1
name: riders
environments:
  prod: {account: "111122223333", region: us-east-1, params: {level: info}}
params: {level: debug}
repos:
  app: {github: acme/riders, connection: acme-github, branch: main}
  infra: {github: acme/riders-infra, connection: acme-github, branch: main}
builds:
  rider: {repo: repos.app, commands: [make], output: rider.zip}
streams:
  trips: {mode: on-demand}
functions:
  rider:
    runtime: python3.13
    code: builds.rider
    handler: app.handler
    env: {LEVEL: "${{ params.level }}"}
    on: {stream: streams.trips}
jobs:
  loads: {each: scripts/*.py, python-shell: "3.9"}
pipelines:
  application:
    - build: builds.rider
    - release: functions.rider
    - start: jobs.load-riders
  infrastructure:
    - verify: repos.infra
    - deploy: environments.prod
"#;

/// A package as a build would publish it.
fn package(says: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let code = format!("import os\n\n\ndef handler(event, context):\n    return '{says} ' + os.environ['LEVEL']\n");
    fs::write(folder.path().join("app.py"), code).expect("a file");
    let done = Command::new(python::program("python"))
        .args(["-m", "zipfile", "-c", "rider.zip", "app.py"])
        .current_dir(folder.path())
        .status()
        .expect("Python starts");
    assert!(done.success());
    fs::read(folder.path().join("rider.zip")).expect("a package")
}

fn what_the_function_says(api: &Api) -> String {
    let answer = api.wait(api.lambda.invoke().function_name("riders-prod-rider:live").send()).expect("an answer");
    answer.payload().map(|payload| String::from_utf8_lossy(payload.as_ref()).into_owned()).unwrap_or_default()
}

/// Scripts are there before the stack is; packages are brought by releases, which deployments leave alone.
#[test]
fn code_of_builds_and_files_from_an_empty_account() {
    let server = Server::start();
    let api = Api::new(&server, ACCOUNT);
    let repository = Repository(tempfile::tempdir().expect("a folder"));
    fs::create_dir_all(repository.path().join("scripts")).expect("a folder");
    fs::write(repository.path().join("pipeline.yaml"), PACKAGES).expect("the document");
    fs::write(repository.path().join("scripts/load_riders.py"), "print('riders')\n").expect("a script");
    repository.run(&["render"]).exits(0);

    let early = repository.against(&server, &["deploy", "prod", "--yes"]).exits(2);
    assert!(early.stderr.contains("first run `tidegate deploy delivery`"), "{}", early.stderr);
    let deployed = repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0).stdout;
    let connection = deployed.lines().find_map(|line| line.trim().strip_prefix("AcmeGithubConnection = "));
    api.shake_hands(connection.expect("the connection"));
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let bucket = format!("riders-published-{ACCOUNT}-us-east-1");
    let listed = fs::read_to_string(repository.path().join("generated/riders/uploads.txt")).expect("the list");
    let (key, path) = listed.trim().split_once(' ').expect("a key and a path");
    assert_eq!(path, "scripts/load_riders.py");
    let script = api.wait(api.s3.get_object().bucket(&bucket).key(key).send()).expect("the script");
    let script = api.wait(script.body.collect()).expect("its text").into_bytes();
    assert_eq!(&*script, b"print('riders')\n");
    assert!(what_the_function_says(&api).contains("has no code yet"));

    api.push("acme/riders", repository.path(), &["scripts"]);
    for word in ["first", "second"] {
        api.build("riders-rider", "rider", "zip", &bucket, &package(word));
        let execution = api.start("riders-application");
        api.succeeds("riders-application", &execution);
        assert_eq!(what_the_function_says(&api), format!("\"{word} info\""));
    }
    let status = repository.against(&server, &["status", "prod"]).exits(0).stdout;
    for wanted in
        ["functions.rider: Active, version ", " succeeded at ", "pipeline execution ", "digest is the approved one"]
    {
        assert!(status.contains(wanted), "{wanted}: {status}");
    }
    repository.edit("level: info", "level: warn");
    // MiniStack takes all that refers to a changed resource for what may be replaced.
    let plan = repository.against(&server, &["plan", "prod"]).exits(0).stdout;
    let version = plan.lines().skip_while(|line| !line.contains("AWS::Lambda::Version")).skip(1);
    assert!(version.take_while(|line| line.starts_with("    ")).all(|line| !line.contains('!')), "{plan}");
    repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    assert_eq!(what_the_function_says(&api), "\"second warn\"");

    // A package that Lambda refuses changes nothing, and the step says why.
    api.build("riders-rider", "rider", "zip", &bucket, b"no package");
    let execution = api.start("riders-application");
    assert_eq!(api.ended("riders-application", &execution).as_str(), "Failed");
    let reason = api.failure("riders-application");
    assert!(reason.contains("CloudFormation took the update back"), "{reason}");
    assert_eq!(what_the_function_says(&api), "\"second warn\"");
    let status = repository.against(&server, &["status", "prod"]).exits(0).stdout;
    for wanted in [" failed at ", "It was rolled back: riders-prod-rider:live runs ", "pointers were put back"] {
        assert!(status.contains(wanted), "{wanted}: {status}");
    }
    repository.against(&server, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_failed_deployment_names_the_line_and_can_be_repeated() {
    let server = Server::start();
    let api = Api::new(&server, ACCOUNT);
    let repository = Repository::of("flink-delivery");
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let pointer = "/taxi-analytics/prod/flink/taxi/release";
    let point = |key: &str| {
        let request = api.ssm.put_parameter().name(pointer).value(key).overwrite(true);
        api.wait(request.send()).expect("a pointer");
    };
    point("builds/taxi-jar/none/taxi-jar.jar");
    let unasked = repository.against(&server, &["deploy", "prod", "--yes"]).exits(1);
    assert!(unasked.stderr.contains("--allow-danger"), "{}", unasked.stderr);
    let failed = repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(1);
    assert!(
        failed.stderr.contains("UPDATE_ROLLBACK_COMPLETE") && failed.stderr.contains("`TaxiFlink`"),
        "{}",
        failed.stderr
    );
    assert!(failed.stderr.contains("--> pipeline.yaml:32:3"), "{}", failed.stderr);

    let (key, _) = api.build(
        "taxi-analytics-taxi-jar",
        "taxi-jar",
        "jar",
        "taxi-analytics-published-111122223333-us-east-1",
        b"a build",
    );
    point(&key);
    repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    assert_eq!(api.code_key("taxi-analytics-prod-taxi"), Some(key));
}

#[test]
fn credentials_of_another_account_change_nothing() {
    let server = Server::start();
    let repository = Repository::of("flink-delivery");
    let run = server
        .account(tidegate(&["deploy", "delivery", "--yes"]).within(repository.path()), "999988887777")
        .run()
        .exits(1);
    assert!(run.stderr.contains("999988887777") && run.stderr.contains(ACCOUNT), "{}", run.stderr);
    assert!(run.stderr.contains("help:"), "{}", run.stderr);
}

#[test]
fn without_credentials_or_a_server_the_reason_is_said() {
    let repository = Repository::of("flink-delivery");
    let alone = tidegate(&["status"])
        .within(repository.path())
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("HOME", "/nonexistent");
    let alone = alone.with("AWS_ENDPOINT_URL", "http://127.0.0.1:9").run().exits(1);
    assert!(alone.stderr.contains("credentials"), "{}", alone.stderr);
    let unknown = repository.run(&["status", "stage"]).exits(2);
    assert!(unknown.stderr.contains("`delivery` and `prod`"), "{}", unknown.stderr);
}

/// Each pipeline's JSON is what the service takes: the server checks it against the service's model.
#[test]
fn pipeline_definitions_are_accepted() {
    let server = Server::start();
    let script = "import boto3, json, os, sys\nclient = boto3.client('codepipeline', region_name='us-east-1')\nfor path in sys.argv[1:]:\n    request = json.load(open(path))\n    answer = client.create_pipeline(**request)\n    got = client.get_pipeline(name=request['pipeline']['name'])['pipeline']\n    assert got['stages'] == json.loads(json.dumps(got['stages'])) and len(got['stages']) == len(request['pipeline']['stages'])\n    print('accepted', path)\n";
    let everything = every_feature();
    tidegate(&["render"]).within(everything.path()).run().exits(0);
    let mut files: Vec<_> = fs::read_dir(everything.path().join("generated/rides/pipelines"))
        .expect("pipelines")
        .map(|file| file.expect("a file").path())
        .collect();
    for system in fs::read_dir(root().join("generated")).expect("generated/") {
        let folder = system.expect("a system").path().join("pipelines");
        files.extend(fs::read_dir(folder).expect("pipelines").map(|file| file.expect("a file").path()));
    }
    assert!(files.len() >= 9, "{files:?}");
    let output = Command::new(python::program("python"))
        .args(["-c", script])
        .args(&files)
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), files.len());
}

/// No bucket outside of the templates: one that is too long to be sent is sent through a bucket of its own.
#[test]
fn a_long_template_brings_its_own_bucket() {
    let server = Server::start();
    let repository = Repository::of("flink-delivery");
    let build = |number: u32| format!("  checks-{number}: {{repo: repos.app, commands: [make check-{number}]}}\n");
    let builds: String = (0..20).map(build).collect();
    repository.edit("builds:\n", &format!("builds:\n{builds}"));
    let planned = repository.against(&server, &["plan", "delivery", "--detailed-exitcode"]).exits(2).stdout;
    assert!(planned.contains("+ AWS::CodeBuild::Project Checks19Build"), "{planned}");
    let deployed = repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    assert!(deployed.stderr.contains("first the bucket is made"), "{}", deployed.stderr);
    assert!(deployed.stdout.contains("UPDATE_COMPLETE"), "{}", deployed.stdout);
    let again = repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
    let drift = repository.against(&server, &["drift", "delivery", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);
}

/// Every kind and step.
fn every_feature_document() -> Repository {
    let repository = Repository(every_feature());
    repository.run(&["render"]).exits(0);
    repository
}

/// Every kind and step, deployed as a whole.
fn deployed_every_feature(server: &Server, places: &[&str]) -> Repository {
    let repository = every_feature_document();
    deploy_every_feature(&repository, server, places);
    repository
}

fn deploy_every_feature(repository: &Repository, server: &Server, places: &[&str]) {
    Api::at(server, ACCOUNT, "eu-central-1").publish_layer("numbers", 7);
    for place in places {
        repository.against(server, &["deploy", place, "--yes"]).exits(0);
    }
}

/// Nothing that a failed first deployment made stands in the way of the next, though it is kept once it is in use.
#[test]
fn a_failed_first_deployment_leaves_nothing() {
    let server = Server::start();
    let api = Api::at(&server, ACCOUNT, "eu-central-1");
    let repository = every_feature_document();
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    let failed = repository.against(&server, &["deploy", "test", "--yes"]).exits(1).stderr;
    assert!(failed.contains("ROLLBACK_COMPLETE") && failed.contains("layer:numbers:7 does not exist"), "{failed}");
    api.publish_layer("numbers", 7);
    api.delete_stack("rides-test");
    repository.against(&server, &["deploy", "test", "--yes"]).exits(0);
}

/// Twice the same. How much was looked at is written into the book, by kind.
#[test]
fn every_feature_deploys_and_settles() {
    let drift = settles(&every_feature_document(), 3);
    bless_part("coverage.md", "coverage", &coverage_table(&drift));
}

type Counts = BTreeMap<String, usize>;

/// Per kind: the share, the number of properties in each state, and the reason that stands in the way most often.
fn coverage_table(drift: &Ended) -> String {
    let mut kinds: BTreeMap<String, (Counts, Counts)> = BTreeMap::new();
    for (thing, state, reason) in ledger(drift) {
        let kind = thing.split('.').next().unwrap_or_default().to_owned();
        for kind in [kind, "*all*".to_owned()] {
            let (states, reasons) = kinds.entry(kind).or_default();
            *states.entry(state.clone()).or_default() += 1;
            *reasons.entry(reason.clone()).or_default() += usize::from(!reason.is_empty());
        }
    }
    let row = |(kind, (states, reasons)): (&String, &(Counts, Counts))| {
        let count = |state: &str| states.get(state).copied().unwrap_or(0);
        let all: usize = states.values().sum();
        let unchecked = count("not-checkable");
        let worst = reasons.iter().filter(|(_, count)| **count > 0).max_by_key(|(_, count)| **count);
        format!(
            "| {kind} | {} % | {} | {} | {} | {unchecked} | {} |\n",
            (all - unchecked) * 100 / all,
            count("compared"),
            count("hashed"),
            count("defaulted"),
            worst.map_or("", |(reason, _)| reason.as_str()),
        )
    };
    let rows: String = kinds.iter().map(row).collect();
    format!(
        "How much is looked at of a document that has every kind, right after it was deployed:\n\n\
         | kind | coverage | compared | hashed | defaulted | not checkable | mostly because |\n\
         |---|---:|---:|---:|---:|---:|---|\n{rows}\n"
    )
}

#[test]
fn every_feature_deploys_and_settles_in_stacks_by_life_cycle() {
    let repository = Repository(every_feature_by_life_cycle());
    repository.run(&["render"]).exits(0);
    settles(&repository, 5);
}

/// Deploys all of a document; afterwards there is nothing to do in any of its stacks.
fn settles(repository: &Repository, stacks: usize) -> Ended {
    let server = Server::start();
    deploy_every_feature(repository, &server, &["delivery", "test", "prod"]);
    let again = repository.against(&server, &["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(again.stdout.matches("nothing to change").count(), stacks, "{}", again.stdout);
    let drift = repository.against(&server, &["drift", "--format", "json", "--ledger", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);
    drift
}

/// What somebody changes by hand, one thing of each kind: each is found, at its authored line, and nothing else is.
#[test]
fn drift_of_each_kind_is_found_at_its_line() {
    let server = Server::start();
    let repository = deployed_every_feature(&server, &["delivery", "test"]);
    let injected: Vec<[String; 4]> =
        serde_json::from_str(&inject(&server, &["rides-test", "rides-delivery"])).expect("a list of changes");
    let kinds: BTreeSet<&str> = injected.iter().map(|[kind, ..]| kind.as_str()).collect();
    let folders = fs::read_dir(root().join("src/kinds")).expect("kinds").map(|entry| entry.expect("an entry"));
    let folders = folders.filter(|entry| entry.path().join("page.md").exists()).map(|entry| entry.file_name());
    // Applications are made by releases, and their drift is proved with them.
    let missing: Vec<_> = folders
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name != "flink" && !kinds.contains(name.as_str()))
        .collect();
    assert_eq!(missing, [""; 0], "kinds of which `drifts.py` changes nothing");

    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(2);
    let mut seen = BTreeSet::new();
    for (id, property, line) in findings(&drift, repository.path()) {
        let case = injected.iter().find(|[_, of, at, _]| *of == id && property.contains(at.as_str()));
        let [.., written] = case.unwrap_or_else(|| panic!("nobody changed {id} {property}"));
        assert!(line.contains(written.as_str()), "{id} {property} leads to `{line}` instead of `{written}`");
        seen.insert(id);
    }
    let unseen: Vec<_> = injected.iter().filter(|[_, id, ..]| !seen.contains(id)).collect();
    assert!(unseen.is_empty(), "not found: {unseen:#?}");
}

/// Makes the changes of `drifts.py`; gives what it says about them.
fn inject(server: &Server, stacks: &[&str]) -> String {
    let output = Command::new(python::program("python"))
        .arg(root().join("tests/it/drifts.py"))
        .args(stacks)
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Changes all over the document reach every resource, in place or by its replacement: afterwards the account is as the
/// document wants it. What cannot be replaced is refused, and then nothing has changed.
#[test]
fn updates_of_each_kind_are_applied() {
    let server = Server::start();
    let repository = deployed_every_feature(&server, &["delivery", "test"]);
    repository.edit_all(&UPDATES);
    repository.against(&server, &["deploy", "test", "--yes", "--allow-danger"]).exits(0);
    repository.against(&server, &["plan", "test", "--detailed-exitcode"]).exits(0);
    let settled = || {
        let drift = repository.against(&server, &["drift", "test", "--format", "json", "--detailed-exitcode"]).exits(0);
        assert_eq!(differences(&drift), []);
    };
    settled();

    let (from, to) = REFUSED;
    repository.edit(from, to);
    let refused = repository.against(&server, &["deploy", "test", "--yes", "--allow-danger"]).exits(1).stderr;
    assert!(refused.contains("`FaresKafka`") && refused.contains("custom-named resource"), "{refused}");
    assert!(refused.contains("UPDATE_ROLLBACK_COMPLETE"), "{refused}");
    repository.edit(to, from);
    settled();
}

/// Another network needs another cluster, whose name is taken.
const REFUSED: (&str, &str) = ("cidr: 10.1.0.0/24", "cidr: 10.2.0.0/24");

/// What is written in the document, and what instead.
const UPDATES: [(&str, &str); 66] = [
    ("key: keys.data}\n\nbuckets", "key: keys.data, retention: 48h}\n\nbuckets"),
    ("after: 30d}, expire: 90d", "after: 30d}, expire: 91d"),
    ("failed: {key: keys.data}\n  encrypted", "failed: {}\n  encrypted"),
    ("audit: {retention: 365d}", "audit: {retention: 90d}"),
    ("lost: {retention: 14d}", "lost: {retention: 13d}"),
    ("hidden: 12m", "hidden: 13m"),
    ("billing: {read: 10, write: 5}", "billing: {read: 11, write: 6}"),
    ("    ttl: expires\n", ""),
    ("memory: 1024MiB", "memory: 1536MiB"),
    ("concurrency: 20", "concurrency: 21"),
    ("batch: 50, window: 5s", "batch: 60, window: 6s"),
    (
        "max-age: 1h, parallel: 2, report-failures: true, on-failure: queues.failures, filter: {data",
        "max-age: 2h, parallel: 3, report-failures: true, on-failure: queues.failures, filter: {data",
    ),
    ("filter: {level: [high]}, on-failure", "filter: {level: [low]}, on-failure"),
    ("suffix: .json, when", "suffix: .jsonl, when"),
    ("description: Rides and what they cost", "description: Rides"),
    ("columns: {id: string, price: double}", "columns: {id: string, price: float}"),
    ("schedule: cron(30 3 * * ? *)", "schedule: cron(30 4 * * ? *)"),
    ("limit: 10GiB", "limit: 11GiB"),
    ("fares: IsUnique \"id\"", "fares: IsUnique \"price\""),
    ("timeout: 30m\n    retries: 1", "timeout: 31m\n    retries: 2"),
    ("max-concurrent: 4", "max-concurrent: 5"),
    ("schedule: cron(15 2 * * ? *)", "schedule: cron(15 3 * * ? *)"),
    ("jdbc:mysql://db.acme.internal:3306", "jdbc:mysql://db.acme.internal:3307"),
    ("maintenance: Sun:3", "maintenance: Sun:4"),
    ("workers: {type: R.1X, count: 3}", "workers: {type: R.1X, count: 4}"),
    ("log-level: fatal", "log-level: error"),
    ("Comment: \"takes in", "Comment: \"Takes in"),
    ("buses:\n  rides: {description: What happens to rides}", "buses:\n  rides: {description: What happens}"),
    ("prefix: raw/, suffix: .csv", "prefix: raw/, suffix: .tsv"),
    ("source: [aws.glue]", "source: [aws.glue, acme]"),
    ("    retries: 3\n    max-age: 2h", "    retries: 4\n    max-age: 3h"),
    ("input: {queue: ", "input: {line: "),
    (
        "    schedule: cron(30 2 ? * MON-FRI *)\n    time-zone: Asia/Tokyo",
        "    schedule: cron(30 3 ? * MON-FRI *)\n    time-zone: Asia/Seoul",
    ),
    ("    input: {full: true}", "    input: {full: false}"),
    ("rate(5 minutes)", "rate(6 minutes)"),
    ("grow-to: 1024GiB", "grow-to: 1025GiB"),
    ("hours: 72", "hours: 73"),
    ("monitoring: per-topic-per-broker", "monitoring: per-broker"),
    ("    storage: 100GiB\n    masters", "    storage: 110GiB\n    masters"),
    ("buffer: {size: 64MiB, interval: 120s}", "buffer: {size: 65MiB, interval: 121s}"),
    ("    retry: 2h\n", "    retry: 1h\n"),
    ("compression: gzip", "compression: zip"),
    ("index: alerts, rotation: day", "index: alerts, rotation: week"),
    ("records: event", "records: raw"),
    ("name: partner, secret", "name: partners, secret"),
    ("checkpoints: {interval: 30s", "checkpoints: {interval: 40s"),
    (
        "    description: What vehicles report\n    enabled: false",
        "    description: What vehicles say\n    enabled: true",
    ),
    ("FROM 'fleet/+/others'", "FROM 'fleet/+/other'"),
    ("rate: 500\n    burst: 1000", "rate: 400\n    burst: 900"),
    ("partition-key: header.X-Device", "partition-key: header.X-Thing"),
    ("speed: number", "speed: integer"),
    ("What passengers wrote, rotation: 180d", "What passengers say, rotation: 190d"),
    ("limit: 128", "limit: 256"),
    ("cluster: {nodes: 2", "cluster: {nodes: 3"),
    ("concurrency: 5}", "concurrency: 6}"),
    ("type: ml.m5.large, count: 2", "type: ml.m5.large, count: 3"),
    ("limit: {cpu: 64", "limit: {cpu: 80"),
    ("      idle: 10m", "      idle: 11m"),
    ("      core: {instance: r7g.2xlarge, count: 3}", "      core: {instance: r7g.2xlarge, count: 4}"),
    ("taskmanager.numberOfTaskSlots: 4", "taskmanager.numberOfTaskSlots: 5"),
    ("endpoints: [s3, kinesis-streams, sts]", "endpoints: [s3, kinesis-streams, sts, sqs]"),
    ("sagemaker-xgboost:1.7-1", "sagemaker-xgboost:1.7-2"),
    ("    ec2:\n      release: emr-7.9.0", "    ec2:\n      release: emr-7.10.0"),
    ("applications: [Flink, Spark, ZooKeeper]", "applications: [Flink, Spark]"),
    ("POST /vehicles/{id}/readings", "POST /vehicles/{id}/values"),
    ("fan-out: true", "fan-out: false"),
];
/// Two stacks for an environment: what is kept goes first, and last when things only go.
#[test]
fn stacks_by_life_cycle_deploy_in_their_order() {
    let server = Server::start();
    let repository = Repository(tempfile::tempdir().expect("a folder"));
    let document = "tidegate: 1\nname: trips\nstacks: by-life-cycle\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\n\
                    keys:\n  data: {}\n\
                    streams:\n  rides: {mode: on-demand, key: keys.data}\n  late: {mode: on-demand}\n\
                    functions:\n  tell:\n    runtime: python3.13\n    inline: 'def handler(event, context): pass'\n    \
                    on:\n      - {stream: streams.rides}\n      - {stream: streams.late}\n";
    let path = repository.path().join("pipeline.yaml");
    let write = |text: &str| {
        fs::write(&path, text).expect("the document");
        repository.run(&["render"]).exits(0);
    };
    write(document);
    let planned = repository.against(&server, &["plan", "--detailed-exitcode"]).exits(2).stdout;
    assert!(planned.contains("trips-prod-data (account 111122223333, us-east-1): a new stack"), "{planned}");
    assert!(planned.contains("known when trips-prod-data is deployed"), "{planned}");
    let order = |ended: &Ended| (ended.stdout.find("trips-prod-data ("), ended.stdout.find("trips-prod ("));
    let deployed = repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let (data, application) = order(&deployed);
    assert!(data < application && data.is_some(), "{}", deployed.stdout);
    let again = repository.against(&server, &["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(again.stdout.matches("nothing to change").count(), 2, "{}", again.stdout);
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);

    let less = document.replace("  late: {mode: on-demand}\n", "").replace("      - {stream: streams.late}\n", "");
    write(&less);
    let removed = repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    let (data, application) = order(&removed);
    assert!(application < data && application.is_some(), "{}", removed.stdout);

    write(&less.replace("stacks: by-life-cycle\n", ""));
    let refused = repository.against(&server, &["deploy", "prod", "--yes"]).exits(1);
    assert!(refused.stderr.contains("write `stacks: by-life-cycle` as it was"), "{}", refused.stderr);
}
