//! From an empty account to a running system, its updates, and what somebody changed by hand: the program itself and the
//! real SDK against a running local AWS API server.
//!
//! MiniStack proves stacks, change sets, rollback, Lambda, Kinesis, SSM and S3. Pipelines, connections and the
//! transitions of Flink applications are this project's own scaffolding on top of it (`tests/server/README.md`): what
//! they show is no evidence about AWS, only that the generated definitions hang together.

use std::fs;
use std::path::Path;

use aws_sdk_kinesisanalyticsv2::types as flink;
use serde_json::Value as Json;

use crate::support::api::Api;
use crate::support::root;
use crate::support::run::{Ended, tidegate};
use crate::support::server::Server;

const ACCOUNT: &str = "111122223333";

/// A copy of a document in a repository of its own, with what is generated from it.
struct Repository(tempfile::TempDir);

impl Repository {
    fn of(spec: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("a repository");
        let from = root().join("specs").join(spec);
        copy(&from, folder.path());
        let repository = Self(folder);
        repository.run(&["render"]).exits(0);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        tidegate(arguments).within(self.path()).run()
    }

    /// Changes the document and renders it.
    fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("pipeline.yaml");
        let text = fs::read_to_string(&path).expect("the document");
        assert!(text.contains(from), "the document has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).expect("the document");
        self.run(&["render"]).exits(0);
    }

    fn against(&self, server: &Server, arguments: &[&str]) -> Ended {
        server.account(tidegate(arguments).within(self.path()), ACCOUNT).run()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The differences that `drift` finds, as logical id and property.
fn differences(ended: &Ended) -> Vec<(String, String)> {
    let json: Json =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}\n{}{}", ended.stdout, ended.stderr));
    let resources = json["stacks"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|stack| stack["resources"].as_array().into_iter().flatten());
    resources
        .flat_map(|resource| {
            let id = resource["logical_id"].as_str().unwrap_or_default().to_owned();
            resource["differences"].as_array().into_iter().flatten().map(move |difference| {
                assert!(difference["line"].as_u64().is_some_and(|line| line > 1), "{difference}");
                (id.clone(), difference["property"].as_str().unwrap_or_default().to_owned())
            })
        })
        .collect()
}

/// Everything that the first system is made of, in the order in which it happens in an empty account.
fn from_an_empty_account(spec: &str, system: &str, build: &str, extension: &str, repositories: [&str; 2]) {
    let server = Server::start();
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
    assert!(status.contains("`flink.taxi` is made by its first release"), "{status}");

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
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);
    repository.edit("memory: 256MiB", "memory: 512MiB");
    api.push(repositories[1], repository.path(), &["pipeline.yaml", "generated"]);
    let execution = api.start(&infrastructure);
    api.approve(&infrastructure, &execution, "Deploy-prod", "approve-release", true);
    api.succeeds(&infrastructure, &execution);
    let function =
        api.wait(api.lambda.get_function().function_name(format!("{prod}-producer")).send()).expect("the function");
    assert_eq!(function.configuration().and_then(|configuration| configuration.memory_size()), Some(512));
    assert_eq!(api.code_key(&taxi), Some(second.clone()));
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);

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
    let resources: std::collections::BTreeSet<_> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(
        resources.into_iter().collect::<Vec<_>>(),
        ["ApplicationPipeline", "InfrastructurePipeline", "ProducerFunction", "TaxiFlink", "TripsStream"]
    );
    let concise = repository.against(&server, &["drift", "prod", "--format", "concise"]).exits(0).stdout;
    assert!(concise.contains("pipeline.yaml:22:52: error[drift/changed]"), "{concise}");
    let text = repository.against(&server, &["drift", "prod"]).exits(0).stdout;
    assert!(text.contains("values compared") && text.contains("not checkable"), "{text}");
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
    let everything = tempfile::tempdir().expect("a folder");
    fs::copy(root().join("tests/it/cases/every-feature.yaml"), everything.path().join("pipeline.yaml"))
        .expect("a copy");
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
    let output = std::process::Command::new(crate::support::python::program("python"))
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

/// Every kind and step, deployed as a whole, twice the same.
#[test]
fn every_feature_deploys_and_settles() {
    let server = Server::start();
    let repository = Repository(tempfile::tempdir().expect("a folder"));
    fs::copy(root().join("tests/it/cases/every-feature.yaml"), repository.path().join("pipeline.yaml"))
        .expect("a copy");
    repository.run(&["render"]).exits(0);
    for place in ["delivery", "test", "prod"] {
        repository.against(&server, &["deploy", place, "--yes"]).exits(0);
    }
    let again = repository.against(&server, &["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(again.stdout.matches("nothing to change").count(), 3, "{}", again.stdout);
    let drift = repository.against(&server, &["drift", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(differences(&drift), []);
}

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
