//! `tidegate reconcile` against a running server: what is chosen happens, nothing else, and nothing without its word.

use std::fs;

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository, differences};
use crate::support::server::Server;

const DOCUMENT: &str = "tidegate: 1 # 夜間の系\nname: trips\nenvironments:\n  prod: {account: \"111122223333\", region: us-east-1}\nstreams:\n  # 注釈は残る\n  rides: {mode: provisioned, shards: 1, retention: 48h}\n  late: {mode: on-demand}\nfunctions:\n  tell:\n    runtime: python3.13\n    inline: 'def handler(event, context): pass'\n    on: {stream: streams.rides}\n";

struct World {
    server: Server,
    api: Api,
    repository: Repository,
}

impl World {
    fn new(document: &str) -> Self {
        let server = Server::start();
        let api = Api::new(&server, ACCOUNT);
        let repository = Repository(tempfile::tempdir().expect("a folder"));
        fs::write(repository.path().join("pipeline.yaml"), document).expect("the document");
        repository.run(&["render"]).exits(0);
        repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
        Self { server, api, repository }
    }

    /// Two streams and a role are changed by hand.
    fn changed(document: &str) -> Self {
        let world = Self::new(document);
        world.keep("rides", 72);
        world.keep("late", 96);
        world.widen();
        assert_eq!(world.differs(), ["LateStream", "RidesStream", "TellFunctionRole"]);
        world
    }

    fn keep(&self, stream: &str, hours: i32) {
        let request = self.api.kinesis.increase_stream_retention_period().stream_name(format!("trips-prod-{stream}"));
        self.api.wait(request.retention_period_hours(hours).send()).expect("a longer retention");
    }

    fn widen(&self) {
        let script = "import boto3, json\niam = boto3.client('iam', region_name='us-east-1')\nrole = next(one['RoleName'] for one in iam.list_roles()['Roles'] if 'Tell' in one['RoleName'])\npolicy = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}\niam.put_role_policy(RoleName=role, PolicyName='by-hand', PolicyDocument=json.dumps(policy))\n";
        let output = std::process::Command::new(crate::support::python::program("python"))
            .args(["-c", script])
            .env("AWS_ENDPOINT_URL", &self.server.url)
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self, arguments: &[&str]) -> crate::support::run::Ended {
        self.repository.against(&self.server, &[&["reconcile"], arguments].concat())
    }

    /// The logical ids of what differs and was not accepted.
    fn differs(&self) -> Vec<String> {
        let drift = self.repository.against(&self.server, &["drift", "--format", "concise"]).stdout;
        let all = differences(&self.repository.against(&self.server, &["drift", "--format", "json"]));
        let mut ids: Vec<String> = all.into_iter().map(|(id, _)| id).filter(|id| drift.contains(id.as_str())).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    fn document(&self) -> String {
        fs::read_to_string(self.repository.path().join("pipeline.yaml")).expect("the document")
    }
}

#[test]
fn only_what_is_chosen_is_taken_back_and_danger_needs_its_word() {
    let world = World::changed(DOCUMENT);
    let unasked = world.run(&[]).exits(2).stderr;
    assert!(unasked.contains("--revert all"), "{unasked}");
    let misspelt = world.run(&["--revert", "streams.ride/RetentionPeriodHours"]).exits(2).stderr;
    assert!(misspelt.contains("did you mean `streams.rides/RetentionPeriodHours`?"), "{misspelt}");
    let twice = ["--revert", "all", "--accept", "streams.*", "--owner", "a", "--reason", "b", "--until", "2099-01-31"];
    assert!(world.run(&twice).exits(2).stderr.contains("chosen twice"));
    let over = ["--accept", "streams.*", "--owner", "a", "--reason", "b", "--until", "2020-01-31"];
    assert!(world.run(&over).exits(2).stderr.contains("is over"));
    let half = world.run(&["--accept", "streams.*"]).exits(2).stderr;
    assert!(half.contains("--owner") && half.contains("--until"), "{half}");

    let shown = world.run(&["--revert", "all", "--dry-run"]).exits(0).stdout;
    assert!(shown.contains("RetentionPeriodHours: 72 → 48  by a drift-aware change set  pipeline.yaml:7:"), "{shown}");
    assert!(shown.contains("! changes permissions"), "{shown}");
    assert_eq!(world.differs().len(), 3);
    let unworded = world.run(&["--revert", "all", "--yes"]).exits(1).stderr;
    assert!(unworded.contains("--allow-danger"), "{unworded}");
    assert_eq!(world.differs().len(), 3);

    // One of three: a change set would take back all.
    let one = world.run(&["prod", "--revert", "streams.rides", "--yes"]).exits(0).stdout;
    assert!(one.contains("by Cloud Control") && one.contains("1 difference was taken back"), "{one}");
    assert_eq!(world.differs(), ["LateStream", "TellFunctionRole"]);
    let rest = world.run(&["--revert", "all", "--yes", "--allow-danger"]).exits(0).stdout;
    assert!(rest.contains("by a drift-aware change set"), "{rest}");
    assert_eq!(world.differs(), [""; 0]);
    assert!(world.run(&[]).exits(0).stdout.contains("nothing that was compared differs"));
    world.repository.against(&world.server, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_is_accepted_is_written_and_stays() {
    for document in [DOCUMENT.to_owned(), DOCUMENT.replace('\n', "\r\n")] {
        let world = World::changed(&document);
        let reason = "秋の補充: look back";
        let accept = [
            "--accept",
            "streams.late",
            "--revert",
            "streams.rides",
            "--owner",
            "data-team",
            "--reason",
            reason,
            "--until",
            "2099-01-31",
        ];
        let done = world.run(&[&accept[..], &["--yes"]].concat()).exits(0).stdout;
        assert!(done.contains("+    - {resource: LateStream, property: RetentionPeriodHours, value: 96"), "{done}");
        assert_eq!(world.differs(), ["TellFunctionRole"]);
        let after = world.document();
        assert!(after.starts_with(&document), "nothing else has changed:\n{after}");
        let told = world.repository.against(&world.server, &["drift"]).stdout;
        assert!(told.contains(reason) && told.contains("data-team"), "{told}");
        world.repository.run(&["check"]).exits(0);

        // What was accepted is not taken back by the way.
        let rest = world.run(&["--revert", "all", "--yes", "--allow-danger"]).exits(0).stdout;
        assert!(rest.contains("by Cloud Control") && !rest.contains("LateStream"), "{rest}");
        assert_eq!(world.differs(), [""; 0]);
        let request = world.api.kinesis.describe_stream_summary().stream_name("trips-prod-late");
        let stream = world.api.wait(request.send()).expect("the stream");
        let hours = stream.stream_description_summary().map(|summary| summary.retention_period_hours());
        assert_eq!(hours, Some(96));
    }
}

#[test]
fn a_policy_decides_without_asking() {
    let world = World::changed(DOCUMENT);
    let policy = world.repository.path().join(".tidegate-reconcile.yaml");
    fs::write(&policy, "rules:\n  - {thing: streams.late, do: {accept: {owner: data, reason: backfill, days: 30}}}\n  - {do: rewert}\n")
        .expect("a policy");
    let wrong = world.run(&["--policy", ".tidegate-reconcile.yaml", "--yes"]).exits(2).stderr;
    assert!(wrong.contains(".tidegate-reconcile.yaml:3:") && wrong.contains("revert"), "{wrong}");
    assert_eq!(world.differs().len(), 3);

    fs::write(&policy, "rules:\n  - {thing: streams.late, do: {accept: {owner: data, reason: backfill, days: 30}}}\n  - {do: revert}\n")
        .expect("a policy");
    let done = world.run(&["--policy", ".tidegate-reconcile.yaml", "--yes"]).exits(1);
    assert!(done.stdout.contains("the rule does not say `allow: danger`"), "{}", done.stdout);
    assert_eq!(world.differs(), ["TellFunctionRole"]);
    assert!(world.document().contains("owner: data"), "{}", world.document());

    fs::write(&policy, "rules:\n  - {type: \"AWS::IAM::*\", do: revert, allow: danger}\n").expect("a policy");
    world.run(&["--policy", ".tidegate-reconcile.yaml", "--yes"]).exits(0);
    assert_eq!(world.differs(), [""; 0]);
}

/// What waits for a deployment is not deployed by the way.
#[test]
fn a_document_that_is_ahead_is_not_deployed() {
    let world = World::new(DOCUMENT);
    world.keep("rides", 72);
    world.repository.edit("late: {mode: on-demand}", "late: {mode: on-demand, retention: 36h}");
    let done = world.run(&["--revert", "streams.rides", "--yes"]).exits(0).stdout;
    assert!(done.contains("by Cloud Control"), "{done}");
    let plan = world.repository.against(&world.server, &["plan", "prod"]).exits(0).stdout;
    assert!(plan.contains("LateStream") && !plan.contains("RidesStream"), "{plan}");
}
