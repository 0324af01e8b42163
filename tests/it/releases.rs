//! Releases by hand from a terminal: the commands, in the order in which somebody uses them.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, Run, tidegate};
use crate::support::server::Server;

/// A system whose stacks are deployed.
pub struct System {
    pub server: Server,
    pub api: Api,
    pub repository: Repository,
}

/// Minutes last half a second, by the same clock in every run.
pub static CLOCK: LazyLock<String> = LazyLock::new(|| format!("{}*120", tidegate::host::seconds()));

pub const TAXI: &str = "taxi-analytics-prod-taxi";
pub const RECORD: &str = "/taxi-analytics/prod/flink/taxi/release-record";

impl System {
    pub fn deployed() -> Self {
        let server = Server::start();
        server.control("PUT", "settings", &json!({ "flink_transition_seconds": 0.1 }));
        let repository = Repository::of("flink-delivery");
        repository.against(&server, &["deploy", "delivery", "--yes", "--allow-danger"]).exits(0);
        repository.against(&server, &["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
        Self { api: Api::new(&server, ACCOUNT), server, repository }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.begin(arguments).run()
    }

    fn begin(&self, arguments: &[&str]) -> Run {
        let run = tidegate(arguments).within(self.repository.path()).with("TIDEGATE_CLOCK", &CLOCK);
        self.server.account(run, ACCOUNT)
    }

    /// Publishes a build; gives its key and digest.
    pub fn publish(&self, content: &str) -> (String, String) {
        let digest = tidegate::source::sha256(content);
        let key = format!("builds/taxi-jar/{digest}/taxi.jar");
        let bucket = format!("taxi-analytics-published-{ACCOUNT}-us-east-1");
        let metadata = [("sha256", digest.as_str()), ("commit", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")];
        self.api.upload(&bucket, &key, content.as_bytes().to_vec(), &metadata);
        (key, digest)
    }

    /// What the job's metrics say by the minute, from the next window on.
    pub fn expect(&self, restarts: &[u64]) {
        let healthy = json!({ "fullRestarts": vec![0; 60], "lastCheckpointDuration": vec![900; 60],
            "numberOfFailedCheckpoints": vec![0; 60] });
        let mut first = healthy.clone();
        first["fullRestarts"] = json!(restarts);
        let moment = |state: &str, metrics: &Json| json!({ "state": state, "do": { "metrics": metrics } });
        let moments = [
            moment("watch", &first),
            moment("watch", &first),
            moment("watch-back", &healthy),
            moment("watch-back", &healthy),
        ];
        self.server.control(
            "PUT",
            "moments",
            &json!({ "account": ACCOUNT, "region": "us-east-1", "record": RECORD,
            "application": TAXI, "moments": moments }),
        );
    }
}

#[test]
fn a_release_a_bad_release_and_a_way_back_from_a_terminal() {
    let system = System::deployed();
    let none = system.run(&["release", "--yes"]).exits(1);
    assert!(none.stderr.contains("no build of builds.taxi-jar is published"), "{}", none.stderr);
    let early = system.run(&["rollback", "--yes"]).exits(1);
    assert!(early.stderr.contains("its first release creates it"), "{}", early.stderr);
    let typo = system.run(&["release", "flink.taxy"]).exits(2);
    assert!(typo.stderr.contains("`flink.taxy` is neither"), "{}", typo.stderr);

    let (first, first_digest) = system.publish("the first build");
    system.run(&["release"]).exits(2);
    system.expect(&[0; 60]);
    let released = system.run(&["release", "taxi", "prod", "--yes"]).exits(0);
    assert!(released.stdout.contains(&format!("{TAXI} runs {:.12}", first_digest)), "{}", released.stdout);
    assert!(released.stderr.contains("watch: Healthy by its own metrics"), "{}", released.stderr);
    assert_eq!(system.api.code_key(TAXI), Some(first.clone()));
    let status = system.run(&["status", "prod"]).exits(0).stdout;
    for word in ["flink.taxi: RUNNING, version 2", &first_digest[..12], "commit 0a1b2c3d4e5f", "last release:"] {
        assert!(status.contains(word), "{word}: {status}");
    }

    // A bad one: RUNNING, and it restarts again and again.
    let (_, second_digest) = system.publish("the second build");
    system.expect(&[0, 1, 3, 5, 7, 9, 11]);
    let bad = system.run(&["release", "--yes", "--format", "json"]).exits(1);
    assert!(bad.stderr.contains("not healthy") && bad.stderr.contains("It was rolled back"), "{}", bad.stderr);
    let record: Json = serde_json::from_str(&bad.stdout).expect("JSON");
    assert_eq!((&record["outcome"], &record["record"]["outcome"]), (&json!("failed"), &json!("failed")));
    assert_eq!(system.api.code_key(TAXI), Some(first.clone()));
    let nowhere = system.run(&["rollback", "--yes"]).exits(1);
    assert!(
        nowhere.stderr.contains(&format!("but for {:.12}, whose release failed", second_digest)),
        "{}",
        nowhere.stderr
    );

    // The same build, healthy this time, and back by hand.
    system.expect(&[0; 60]);
    let again = system.run(&["release", "--build", &second_digest[..8], "--yes"]).exits(0);
    assert!(again.stderr.contains(&format!("from: {:.12}", first_digest)), "{}", again.stderr);
    let list = system.run(&["rollback", "--list"]).exits(0).stdout;
    assert!(list.contains(&first_digest[..12]) && list.contains("release-"), "{list}");
    system.expect(&[0; 60]);
    let back = system.run(&["rollback", "--yes"]).exits(0);
    assert!(back.stdout.contains("with the state of snapshot release-"), "{}", back.stdout);
    assert_eq!(system.api.code_key(TAXI), Some(first));
    let unknown = system.run(&["rollback", "--to", "nothing-like-it", "--yes"]).exits(2);
    assert!(unknown.stderr.contains("neither a version nor a snapshot"), "{}", unknown.stderr);

    // The job stands still, and goes on.
    let danger = system.run(&["stop", "--without-snapshot", "--yes"]).exits(1);
    assert!(danger.stderr.contains("--allow-danger"), "{}", danger.stderr);
    system.run(&["stop", "--yes"]).exits(0);
    assert!(system.run(&["stop", "--yes"]).exits(0).stdout.contains("stands still already"));
    assert!(system.run(&["start"]).exits(0).stdout.contains("from its latest snapshot"));
    assert!(system.run(&["start"]).exits(0).stdout.contains("RUNNING already"));
    system.run(&["snapshots", "--take", "before-holidays"]).exits(0);
    let snapshots = system.run(&["snapshots", "--prune", "--keep", "1", "--yes"]).exits(0).stdout;
    assert!(snapshots.contains("before-holidays: READY"), "{snapshots}");
    let json: Json =
        serde_json::from_str(&system.run(&["status", "--format", "json", "prod"]).exits(0).stdout).expect("JSON");
    assert_eq!(json["stacks"][0]["things"][0]["running"]["status"], "RUNNING");
    assert_eq!(json["stacks"][0]["things"][0]["running"]["digest"], first_digest.as_str());
}

#[test]
fn a_release_whose_process_is_killed_goes_on() {
    let system = System::deployed();
    let (first, _) = system.publish("ein Build mit 日本語");
    system.expect(&[0; 60]);
    let mut child = system.begin(&["release", "--yes"]).begin();
    system.api.until("the release to watch", || {
        let parameter = system.api.wait(system.api.ssm.get_parameter().name(RECORD).send()).ok()?;
        let record: Json = serde_json::from_str(parameter.parameter()?.value()?).ok()?;
        (record["path"].as_array()?.len() > 4).then_some(())
    });
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let on = system.run(&["release", "--yes"]).exits(0);
    assert!(on.stderr.contains("has not ended: it goes on") || on.stdout.contains("runs"), "{}", on.stderr);
    assert_eq!(system.api.code_key(TAXI), Some(first));
}

#[test]
fn the_policy_of_releases_names_what_they_call() {
    let policy = tidegate(&["permissions", "release", "--file", "specs/flink-delivery/pipeline.yaml"]).run().exits(0);
    let policy: Json = serde_json::from_str(&policy.stdout).expect("JSON");
    let text = policy.to_string();
    for wanted in [
        "kinesisanalytics:RollbackApplication",
        "application/taxi-analytics-prod-taxi",
        "release-record",
        "/tidegate/locks/taxi-analytics-prod-taxi",
        "cloudwatch:GetMetricData",
        "s3:ListBucket",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("CreateChangeSet"), "{text}");
}
