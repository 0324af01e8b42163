//! One system in three accounts and two Regions: what is generated for it, and a promotion from account to account.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_codepipeline::types::PipelineExecutionStatus;
use aws_sdk_kinesisanalyticsv2::types::ApplicationStatus;

use crate::support::api::Api;
use crate::support::run::{Ended, tidegate};
use crate::support::server::Server;
use crate::support::{bless, python, root};

const DELIVERY: &str = "111122223333";
const DEV: &str = "444455556666";
const PROD: &str = "777788889999";

/// The case in a repository of its own, with what is generated from it.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a repository");
    fs::copy(case().join("pipeline.yaml"), folder.path().join("pipeline.yaml")).expect("a copy");
    tidegate(&["render"]).within(folder.path()).run().exits(0);
    folder
}

fn case() -> PathBuf {
    root().join("tests/it/cases/three-accounts")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn templates(folder: &Path) -> Vec<PathBuf> {
    let all = files(&folder.join("generated/trips")).into_iter();
    all.filter(|path| path.to_string_lossy().ends_with(".template.yaml")).collect()
}

#[test]
fn what_is_generated_is_what_is_committed() {
    let folder = repository();
    tidegate(&["check", "--fail-on", "info"]).within(folder.path()).run().exits(0);
    let fresh = folder.path().join("generated/trips");
    let committed = case().join("generated");
    let mut made = BTreeSet::new();
    for path in files(&fresh) {
        let name = path.strip_prefix(&fresh).expect("within").to_path_buf();
        // These two say nothing that the others do not say.
        if ["source-map.json", "SHA256SUMS"].contains(&name.to_string_lossy().as_ref()) {
            continue;
        }
        let expected = committed.join(&name);
        fs::create_dir_all(expected.parent().expect("a folder")).expect("a folder");
        let text = fs::read_to_string(&path).expect("a file");
        bless(&expected, &fs::read_to_string(&expected).unwrap_or_default(), &text);
        made.insert(name);
    }
    let left: Vec<_> = files(&committed)
        .into_iter()
        .filter(|path| !made.contains(path.strip_prefix(&committed).expect("within")))
        .collect();
    assert!(left.is_empty(), "no longer generated: {left:?}");
}

#[test]
fn cfn_lint_has_no_complaint_about_stacks_of_other_accounts() {
    let folder = repository();
    let templates = templates(folder.path());
    assert_eq!(templates.len(), 5, "{templates:?}");
    let output = Command::new(python::program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--regions", "us-east-1", "eu-west-1", "--"])
        .args(&templates)
        .output()
        .expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A key that somebody deletes from one side of the chain is a link that `why access` misses.
#[test]
fn why_access_shows_every_link_or_the_missing_one() {
    let folder = repository();
    let why = |who: &str, what: &str| tidegate(&["why", "access", who, what]).within(folder.path()).run();
    let chain = why("tidegate-pipeline-trips-prod", "repos.infra").exits(0).stdout;
    for link in [
        "`tidegate-pipeline-trips-prod` (account 777788889999) may use `trips-store-111122223333-eu-west-1` (account 111122223333)",
        "its trust says who takes it on",
        "arn:aws:iam::111122223333:role/trips-infrastructure-pipeline",
        "a statement of the role allows `trips-store-111122223333-eu-west-1`",
        "the policy of `trips-store-111122223333-eu-west-1` lets it in",
        "the policy of the key `DeliveryKey` lets it in",
        "--> pipeline.yaml:",
    ] {
        assert!(chain.contains(link), "no {link} in\n{chain}");
    }
    let code = why("flink.trips", "builds.trips-jar").exits(0).stdout;
    assert!(
        code.contains("`trips-dev-trips` (account 444455556666) may use `trips-published-111122223333-us-east-1`"),
        "{code}"
    );
    assert!(
        code.contains("`trips-prod-trips` (account 777788889999) may use `trips-published-111122223333-eu-west-1`"),
        "{code}"
    );
    let missing = why("tidegate-release-trips-prod", "StoreBucket").exits(1).stdout;
    assert!(missing.contains("missing: no statement of the role allows"), "{missing}");
    assert!(missing.contains("does not let in `tidegate-release-trips-prod`"), "{missing}");
    let unknown = why("nobody", "StoreBucket").exits(2).stderr;
    assert!(unknown.contains("`nobody`"), "{unknown}");
    why("flink.trips", "nothing").exits(2);
    tidegate(&["why", "access"]).within(folder.path()).run().exits(2);
    tidegate(&["why", "TripsStream", "a", "b"]).within(folder.path()).run().exits(2);
}

/// Roles are not assumed by the server, but they decide in which account something happens.
#[test]
fn a_change_is_promoted_from_account_to_account() {
    let server = Server::with_jobs_that_are_well();
    let api = Api::new(&server, DELIVERY);
    let (dev, prod) = (Api::new(&server, DEV), Api::at(&server, PROD, "eu-west-1"));
    let folder = repository();
    let run = |account: &str, arguments: &[&str]| -> Ended {
        server.account(tidegate(arguments).within(folder.path()), account).run()
    };

    // Each account sees its own stacks, and is told of the others.
    let status = run(DELIVERY, &["status"]).exits(0);
    assert!(status.stdout.contains("next: `tidegate deploy delivery-eu-west-1` makes this stack"), "{}", status.stdout);
    assert!(!status.stdout.contains(DEV), "{}", status.stdout);
    assert!(status.stderr.contains(&format!("account {DEV}, us-east-1) is left out")), "{}", status.stderr);
    let status = run(PROD, &["status"]).exits(0);
    assert!(status.stdout.contains("next: `tidegate deploy prod-access` makes this stack"), "{}", status.stdout);
    for wrong in [&["deploy", "dev-access", "--yes"][..], &["status", "dev"]] {
        let refused = run(PROD, wrong).exits(1).stderr;
        assert!(refused.contains(PROD) && refused.contains(DEV) && refused.contains("help:"), "{refused}");
    }

    run(DELIVERY, &["deploy", "delivery-eu-west-1", "--yes"]).exits(0);
    let deployed = run(DELIVERY, &["deploy", "delivery", "--yes"]).exits(0);
    let next = format!("next: `tidegate deploy prod-access` with credentials of account {PROD} lets the pipelines in");
    assert!(deployed.stderr.contains(&next), "{}", deployed.stderr);
    let mut lines = deployed.stdout.lines();
    let connection =
        lines.find_map(|line| line.trim().strip_prefix("AcmeGithubConnection = ")).expect("the connection");
    api.shake_hands(connection);
    run(DEV, &["deploy", "dev-access", "--yes"]).exits(0);
    run(PROD, &["deploy", "prod-access", "--yes"]).exits(0);

    // The stacks come from the pipeline of the delivery account.
    api.push("acme/trips", folder.path(), &["pipeline.yaml"]);
    api.push("acme/trips-infra", folder.path(), &["pipeline.yaml", "generated"]);
    let execution = api.start("trips-infrastructure");
    api.approve("trips-infrastructure", &execution, "Deploy-prod", "approve-release", true);
    api.succeeds("trips-infrastructure", &execution);
    for (account, place) in [(DEV, "dev"), (PROD, "prod")] {
        let status = run(account, &["status", place]).exits(0).stdout;
        assert!(status.contains("CREATE_COMPLETE") && status.contains("waits for its first release"), "{status}");
    }

    // A build goes into the first account, and after an approval into the second.
    let published = format!("trips-published-{DELIVERY}-us-east-1");
    for content in [b"the first build".as_slice(), b"the second build"] {
        let (key, _) = api.build("trips-trips-jar", "trips-jar", "jar", &published, content);
        let before = prod.code_key("trips-prod-trips");
        let execution = api.start("trips-application");
        api.until("the release in dev", || {
            let status = api.status("trips-application", &execution);
            assert_eq!(status, PipelineExecutionStatus::InProgress, "{}", api.failure("trips-application"));
            (dev.code_key("trips-dev-trips")? == key).then_some(())
        });
        assert_eq!(prod.code_key("trips-prod-trips"), before, "prod before it was approved");
        api.approve("trips-application", &execution, "Release-trips-again", "approve-release", true);
        api.succeeds("trips-application", &execution);
        for (place, name) in [(&dev, "trips-dev-trips"), (&prod, "trips-prod-trips")] {
            let detail = place.application(name).expect("the application");
            assert_eq!(detail.application_status(), &ApplicationStatus::Running, "{name}");
            assert_eq!(place.code_key(name).as_deref(), Some(key.as_str()), "{name}");
        }
    }
    assert!(api.application("trips-prod-trips").is_none(), "an application in the account of the pipelines");
    let pointer =
        prod.wait(prod.ssm.get_parameter().name("/trips/prod/flink/trips/release").send()).expect("a pointer");
    let pointer = pointer.parameter().and_then(|parameter| parameter.value()).map(str::to_owned);
    assert_eq!(pointer, prod.code_key("trips-prod-trips"));
    let brought = format!("trips-published-{DELIVERY}-eu-west-1");
    let key = pointer.expect("a key");
    let there = Api::at(&server, DELIVERY, "eu-west-1");
    there.wait(there.s3.head_object().bucket(&brought).key(&key).send()).expect("the build in the Region of prod");

    // Nothing differs, seen from each account.
    for account in [DELIVERY, DEV, PROD] {
        run(account, &["drift", "--detailed-exitcode"]).exits(0);
    }
    for (account, place) in [(DELIVERY, "delivery"), (DEV, "dev-access"), (PROD, "prod-access")] {
        run(account, &["plan", place, "--detailed-exitcode"]).exits(0);
    }
}
