//! Plans that are saved, plans without a change set, and what may only look: the real program and SDK against a running
//! server.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, tidegate};
use crate::support::server::Server;
use crate::support::{root, specs};

/// Refuses all that does not only read.
fn reads_only(but: &str) -> Json {
    json!([{
        "operation": format!("(?!Describe|Get|List|BatchGet|DetectStackDrift|Search|Select|GET |HEAD {but}).*"),
        "code": "AccessDenied",
        "status": 403,
        "times": -1,
        "message": "User: u is not authorized to perform: this",
    }])
}

const DOCUMENT: &str = "tidegate: 1
name: rides
environments:
  prod: {account: \"111122223333\", region: eu-central-1}
streams:
  trips: {mode: provisioned, shards: 2, retention: 48h}
queues:
  late: {}
";

fn small() -> Repository {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("pipeline.yaml"), DOCUMENT).expect("a document");
    let repository = Repository(folder);
    repository.render();
    repository
}

fn parsed(ended: &Ended) -> Json {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ended.stdout, ended.stderr))
}

#[test]
fn a_saved_plan_is_applied_once_and_only_while_it_holds() {
    let server = Server::with_faults();
    let repository = small();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    let apply = ["deploy", "--plan", "prod.plan", "--yes"];
    let saved = run(&["plan", "prod", "--out", "prod.plan"]).exits(0);
    assert!(saved.stderr.contains("tidegate deploy --plan prod.plan"), "{}", saved.stderr);
    // It is readable, and says who, when, and for what.
    let path = repository.path().join("prod.plan");
    let text = fs::read_to_string(&path).expect("the plan");
    let plan: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(plan["version"], 1);
    for part in ["environment", "made", "document", "stacks", "digest"] {
        assert!(!plan[part].is_null(), "{part}");
    }
    assert_eq!(plan["stacks"][0]["changes"][0]["path"], "pipeline.yaml");
    // Nobody is asked, so nothing happens without a word.
    run(&["deploy", "--plan", "prod.plan"]).exits(2);
    fs::write(&path, text.replace("\"shards\"", "\"Shards\"").replace("AWS::SQS::Queue", "AWS::SNS::Topic"))
        .expect("an edit");
    let edited = run(&apply).exits(1).stderr;
    assert!(edited.contains("changed after it was made"), "{edited}");
    fs::write(&path, &text).expect("the plan");
    assert!(run(&["deploy", "test", "--plan", "prod.plan", "--yes"]).exits(2).stderr.contains("a plan of `prod`"));
    let elsewhere = server.account(tidegate(&apply).within(repository.path()), "999988887777").run().exits(1).stderr;
    assert!(elsewhere.contains("999988887777"), "{elsewhere}");
    let done = run(&apply).exits(0);
    assert!(done.stdout.contains("CREATE_COMPLETE"), "{}", done.stdout);
    let twice = run(&apply).exits(1).stderr;
    assert!(twice.contains("the stack was changed since") && twice.contains("help: plan again"), "{twice}");

    repository.edit("retention: 48h", "retention: 24h");
    let early = run(&apply).exits(1).stderr;
    assert!(early.contains("pipeline.yaml was changed after"), "{early}");
    run(&["plan", "prod", "--out", "prod.plan"]).exits(0);
    // A second look does not take away what waits.
    run(&["plan", "prod"]).exits(0);
    let asked = run(&apply).exits(1).stderr;
    assert!(asked.contains("--allow-danger"), "{asked}");
    repository.edit("tidegate: 1\n", "tidegate: 1\n# 計画\n");
    assert!(run(&apply).exits(1).stderr.contains("was changed after"));
    repository.edit("tidegate: 1\n# 計画\n", "tidegate: 1\n");
    run(&["deploy", "--plan", "prod.plan", "--yes", "--allow-danger"]).exits(0);
    run(&["plan", "prod", "--detailed-exitcode"]).exits(0);

    // Somebody else deploys between the plan and its word.
    repository.edit("shards: 2", "shards: 4");
    run(&["plan", "prod", "--out", "later.plan"]).exits(0);
    repository.edit("shards: 4", "shards: 3");
    run(&["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
    repository.edit("shards: 3", "shards: 4");
    let outdated = run(&["deploy", "--plan", "later.plan", "--yes", "--allow-danger"]).exits(1).stderr;
    assert!(outdated.contains("the stack was changed since"), "{outdated}");
    run(&["plan", "--out", "all.plan"]).exits(2);
    assert!(run(&["deploy", "--plan", "none.plan", "--yes"]).exits(2).stderr.contains("none.plan"));
}

#[test]
fn a_plan_says_what_cloudformation_does_not() {
    let server = Server::with_faults();
    let repository = small();
    let run = |arguments: &[&str]| repository.against(&server, arguments);
    run(&["deploy", "prod", "--yes"]).exits(0);
    repository.edit("shards: 2, retention: 48h", "shards: 4, retention: 24h");
    let by_change_set = run(&["plan", "prod", "--detailed-exitcode"]).exits(2).stdout;
    let offline = run(&["plan", "prod", "--offline", "--detailed-exitcode"]).exits(2).stdout;
    for text in [&by_change_set, &offline] {
        let words =
            ["ShardCount: 2 → 4  pipeline.yaml:6:", "! loses data: records older", ". ShardCount: 2 → 4, which costs"];
        for words in words {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    assert!(offline.contains("by the templates alone: no change set was asked for"), "{offline}");
    // Where no change set may be made, the templates are compared.
    server.control("PUT", "faults", &reads_only(""));
    let denied = run(&["plan", "prod", "--format", "json"]).exits(0);
    let json = parsed(&denied);
    assert_eq!(json["stacks"][0]["by"], "templates");
    assert!(
        json["stacks"][0]["reason"]
            .as_str()
            .is_some_and(|why| why.contains("CreateChangeSet") || why.contains("change set"))
    );
    let kinds: Vec<&str> = json["stacks"][0]["changes"][0]["effects"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|effect| effect["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["cost-up", "cost-down", "data-loss"]);
    let refused = run(&["plan", "prod", "--out", "x.plan"]).exits(1).stderr;
    assert!(refused.contains("cannot be saved"), "{refused}");
    server.control("PUT", "faults", &json!([]));
    let markdown = run(&["plan", "prod", "--format", "markdown"]).exits(0).stdout;
    assert!(markdown.contains("| `~` | `TripsStream` AWS::Kinesis::Stream | pipeline.yaml:6:3 |"), "{markdown}");
    assert!(markdown.contains("**loses data: records older"), "{markdown}");
    // What is said in the plan needs a word in the deployment.
    assert!(run(&["deploy", "prod", "--yes"]).exits(1).stderr.contains("--allow-danger"));
    run(&["deploy", "prod", "--yes", "--allow-danger"]).exits(0);
}

/// Nothing that `plan`, `drift`, `status` and `limits` do is refused to somebody who may only look, but for change sets.
#[test]
fn who_may_only_look_can_look_at_everything() {
    let server = Server::with_faults();
    let look =
        |repository: &Repository, arguments: &[&str], account: &str| repository.as_account(&server, account, arguments);
    for spec in specs() {
        let name = spec.parent().and_then(|folder| folder.file_name()).expect("a name").to_string_lossy().into_owned();
        let repository = Repository::of(&name);
        let text = fs::read_to_string(&spec).expect("a spec");
        let account = first_account(&text);
        server.control("PUT", "faults", &json!([]));
        let deployed = look(&repository, &["deploy", "delivery", "--yes"], &account);
        assert!(deployed.code.is_some(), "{name}");
        for (but, allowed) in
            [("", &["CreateChangeSet", "DeleteChangeSet"][..]), ("|CreateChangeSet|DeleteChangeSet", &[])]
        {
            server.control("PUT", "faults", &reads_only(but));
            server.control("DELETE", "calls", &json!({}));
            for command in ["plan", "drift", "status", "limits"] {
                let arguments: &[&str] = if command == "limits" { &["limits"] } else { &[command, "delivery"] };
                let ended = look(&repository, arguments, &account);
                assert_eq!(ended.code, Some(0), "{name} {command}: {}{}", ended.stdout, ended.stderr);
            }
            let calls = server.control("GET", "calls", &Json::Null);
            let calls = calls.as_array().cloned().unwrap_or_default();
            assert!(calls.len() > 3, "{name}");
            for call in calls.iter().filter(|call| call["injected"] == true) {
                let operation = call["operation"].as_str().unwrap_or_default();
                assert!(allowed.contains(&operation), "{name}: {call}");
            }
        }
    }
}

fn first_account(text: &str) -> String {
    let digits = |part: &&str| part.len() == 12 && part.chars().all(|letter| letter.is_ascii_digit());
    let mut parts = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.find(digits).unwrap_or(ACCOUNT).to_owned()
}

/// The commands that only look never name what can act; the compiler holds them to it.
#[test]
fn commands_that_look_do_not_name_what_acts() {
    let mut seen = 0;
    for file in ["plan", "drift", "status.rs", "limits.rs"] {
        let path = root().join("src/cli").join(file);
        let files = match path.is_dir() {
            true => fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("a file").path()).collect(),
            false => vec![path],
        };
        for path in files {
            let text = fs::read_to_string(&path).expect("a source file");
            for acting in
                ["Cloud}", "Cloud,", "Cloud;", "dyn Cloud", "::apply", "execute_change_set", "take_lock", "cure("]
            {
                assert!(!text.contains(acting), "{} names `{acting}`", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 6);
}
