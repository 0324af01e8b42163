//! Plans that are saved, plans without a change set, and what may only look: the real program and SDK against a running
//! server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tidegate::{compile, host};

use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, tidegate};
use crate::support::server::Server;
use crate::support::{root, specs};

/// Refuses all that does not only read.
fn reads_only(but: &str) -> Json {
    json!([{
        "operation": format!("(?!(POST /)?(Describe|Get|List|BatchGet|Search|Select)|DetectStackDrift|GET |HEAD {but}).*"),
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

/// A system of `specs/` in accounts of its own, deployed.
struct System {
    name: String,
    repository: Repository,
    accounts: BTreeSet<String>,
    /// Places whose stacks are there.
    places: Vec<(String, String)>,
}

impl System {
    /// Its accounts become others, so that many systems share a server.
    fn of(spec: &Path, number: usize) -> Self {
        let name = spec.parent().and_then(Path::file_name).expect("a name").to_string_lossy().into_owned();
        let repository = Repository::of(&name);
        let path = repository.path().join("pipeline.yaml");
        let mut text = fs::read_to_string(&path).expect("a document");
        for (index, account) in accounts_in(&text).into_iter().enumerate() {
            text = text.replace(&account, &format!("{:012}", 200_000_000_000 + number * 100 + index));
        }
        fs::write(&path, text).expect("a document");
        repository.render();
        let project = host::read_project(&path.display().to_string()).expect("a document");
        let stacks = compile::check(&project.input).desired.stacks;
        let mut places = Vec::new();
        for deployment in stacks.iter().flat_map(|stack| &stack.deployments) {
            let place = (deployment.environment.clone(), deployment.account.clone());
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let accounts = places.iter().map(|(_, account)| account.clone()).collect();
        Self { name, repository, accounts, places }
    }

    fn deploy(&self, server: &Server) {
        for (place, account) in &self.places {
            self.repository.as_account(server, account, &["deploy", place, "--yes", "--allow-danger"]).exits(0);
        }
    }

    /// Runs all that only looks, over every place; gives the plans.
    fn look(&self, server: &Server) -> Vec<Json> {
        let mut plans = Vec::new();
        for account in &self.accounts {
            for arguments in [&["plan", "--format", "json"][..], &["drift"], &["status"], &["limits"]] {
                let ended = self.repository.as_account(server, account, arguments);
                let (name, command) = (&self.name, arguments[0]);
                assert_eq!(ended.code, Some(0), "{name} {command}: {}{}", ended.stdout, ended.stderr);
                if command == "plan" {
                    plans.extend(parsed(&ended)["stacks"].as_array().cloned().unwrap_or_default());
                }
            }
        }
        plans
    }
}

fn accounts_in(text: &str) -> BTreeSet<String> {
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_account = |part: &&str| part.len() == 12 && part.chars().all(|letter| letter.is_ascii_digit());
    parts.filter(is_account).map(str::to_owned).collect()
}

/// Nothing that `plan`, `drift`, `status` and `limits` do in any place of any system is refused to somebody who may only
/// look, but for change sets; and where those are refused, the templates are compared.
#[test]
fn who_may_only_look_can_look_at_everything() {
    let server = Server::with_faults();
    let numbered = specs().into_iter().enumerate();
    let systems: Vec<System> = numbered.map(|(number, spec)| System::of(&spec, number)).collect();
    assert!(systems.iter().map(|system| system.places.len()).sum::<usize>() > 20);
    together(&systems, |system| system.deploy(&server));
    for (but, allowed) in [("", &["CreateChangeSet", "DeleteChangeSet"][..]), ("|CreateChangeSet|DeleteChangeSet", &[])]
    {
        server.control("PUT", "faults", &reads_only(but));
        server.control("DELETE", "calls", &json!({}));
        let plans = together(&systems, |system| system.look(&server));
        for (system, stacks) in systems.iter().zip(plans) {
            let name = &system.name;
            assert!(stacks.len() >= system.places.len(), "{name}");
            for stack in stacks {
                let denied = stack["reason"].as_str().is_some_and(|why| why.contains("these credentials may not"));
                assert_eq!(denied, but.is_empty(), "{name}: {stack:#}");
                assert_eq!(stack["changes"], json!([]), "{name}: {stack:#}");
            }
        }
        let calls = server.control("GET", "calls", &Json::Null);
        let calls = calls.as_array().cloned().unwrap_or_default();
        for account in systems.iter().flat_map(|system| &system.accounts) {
            assert!(calls.iter().filter(|call| call["account"] == **account).count() > 3, "{account}");
        }
        let refused = calls.iter().filter(|call| call["injected"] == true);
        let refused: BTreeSet<&str> = refused.filter_map(|call| call["operation"].as_str()).collect();
        let unexpected: Vec<_> = refused.iter().filter(|operation| !allowed.contains(operation)).collect();
        assert!(unexpected.is_empty(), "{unexpected:?}");
    }
}

/// They mostly wait for the server, so they can do so at once.
fn together<T: Send>(systems: &[System], work: impl Fn(&System) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = systems.iter().map(|system| scope.spawn(|| work(system))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the work")).collect()
    })
}

/// Two documents, of which one has a stack that cannot be planned, and one that is none.
#[test]
fn many_documents_are_planned_in_one_report() {
    let server = Server::with_faults();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join("pipeline.yaml"), text).expect("a document");
    };
    let run = |arguments: &[&str]| server.account(tidegate(arguments).within(folder.path()), ACCOUNT).run();
    write("rides", DOCUMENT);
    write("運賃", &DOCUMENT.replace("name: rides", "name: fares").replace("\n", "\r\n"));
    let both = parsed(&run(&["plan", ".", "--format", "json", "--detailed-exitcode"]).exits(2));
    let stacks: Vec<(&str, &str)> = both["stacks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|stack| (stack["document"].as_str().unwrap_or_default(), stack["stack"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(stacks, [("rides/pipeline.yaml", "rides-prod"), ("運賃/pipeline.yaml", "fares-prod")]);
    run(&["plan", ".", "--out", "all.plan"]).exits(2);
    run(&["plan", ".", "staging"]).exits(2);
    run(&["plan", "none/pipeline.yaml"]).exits(2);
    let saved = run(&["plan", "prod", "rides/pipeline.yaml", "--out", "one.plan"]).exits(0).stderr;
    assert!(saved.contains("tidegate deploy --plan one.plan --file rides/pipeline.yaml"), "{saved}");
    run(&["deploy", "--plan", "one.plan", "--file", "rides/pipeline.yaml", "--yes"]).exits(0);

    // What cannot be planned hinders no other, and is worse than what changes.
    let denied = json!([{ "operation": "DescribeStacks", "about": "fares-prod", "times": -1, "code": "AccessDenied", "status": 403,
        "message": "User: u is not authorized to perform: cloudformation:DescribeStacks on resource: r" }]);
    server.control("PUT", "faults", &denied);
    let half = run(&["plan", ".", "--format", "json", "--detailed-exitcode"]).exits(1);
    let stacks = parsed(&half)["stacks"].as_array().cloned().unwrap_or_default();
    let failed: Vec<bool> = stacks.iter().map(|stack| stack["error"].is_string()).collect();
    assert_eq!(failed, [false, true], "{stacks:#?}");
    assert!(half.stderr.contains("error: fares-prod") && half.stderr.contains("DescribeStacks"), "{}", half.stderr);
    server.control("PUT", "faults", &denied);
    let markdown = run(&["plan", ".", "--format", "markdown"]).exits(1).stdout;
    assert!(markdown.contains("nothing to change") && markdown.contains("**Could not be planned**"), "{markdown}");
    server.control("PUT", "faults", &denied);
    let text = run(&["plan", "."]).exits(1).stdout;
    assert!(text.contains("rides-prod") && text.contains("): could not be planned"), "{text}");
    server.control("PUT", "faults", &json!([]));
    write("broken", "tidegate: 1\nname: [\n");
    let broken = run(&["plan", "."]).exits(1);
    assert!(
        broken.stdout.contains("fares-prod") && broken.stderr.contains("broken/pipeline.yaml"),
        "{}",
        broken.stderr
    );
    // One of which nothing can be reached is told as well.
    let elsewhere = DOCUMENT.replace("name: rides", "name: far").replace("111122223333", "999988887777");
    let elsewhere =
        elsewhere.replace("streams:", "  test: {account: \"999988887776\", region: eu-central-1}\nstreams:");
    write("broken", &elsewhere);
    for command in ["plan", "status", "drift"] {
        let told = run(&[command, "."]).exits(1);
        assert!(told.stdout.contains("fares-prod"), "{command}: {}", told.stdout);
        assert!(
            told.stderr.contains("broken/pipeline.yaml: nothing of this document is in account"),
            "{}",
            told.stderr
        );
    }
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
