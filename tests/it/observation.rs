//! What a look at an account takes: how many calls, which permissions, and what is told when some are missing. Everything
//! runs through the fault proxy of the server, which keeps the calls that it saw.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::support::bless_part;
use crate::support::repository::{ACCOUNT, Repository, differences};
use crate::support::run::Ended;
use crate::support::server::Server;

const DOCUMENT: &str = "tidegate: 1
name: trips
environments:
  prod: {account: \"111122223333\", region: us-east-1}
streams:
  trips: {mode: on-demand, retention: 24h}
queues:
  late: {}
  lost: {}
topics:
  news: {}
tables:
  riders: {key: {hash: id}, attributes: {id: string}}
";

fn deployed() -> (Server, Repository) {
    let server = Server::with_faults();
    let repository = Repository::with(DOCUMENT);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    (server, repository)
}

fn drift(server: &Server, repository: &Repository, arguments: &[&str]) -> (Json, Ended) {
    let arguments: Vec<&str> = ["drift", "--format", "json"].iter().chain(arguments).copied().collect();
    let ended = repository.against(server, &arguments);
    (serde_json::from_str(&ended.stdout).unwrap_or_default(), ended)
}

/// How often each operation was called, by the service that it was signed for.
fn calls(server: &Server) -> BTreeMap<(String, String), usize> {
    let mut calls = BTreeMap::new();
    for call in server.control("GET", "calls", &json!(null)).as_array().expect("a list") {
        let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
        *calls.entry((text("service"), text("operation"))).or_default() += 1;
    }
    calls
}

fn unchecked(report: &Json) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for stack in report["stacks"].as_array().into_iter().flatten() {
        for resource in stack["resources"].as_array().into_iter().flatten() {
            let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
            let id = text(&resource["logical_id"]);
            found.extend(
                resource["unchecked"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|unchecked| (id.clone(), text(&unchecked["pointer"]), text(&unchecked["reason"]))),
            );
        }
    }
    found
}

#[test]
fn the_calls_that_are_told_are_those_that_were_made() {
    let (server, repository) = deployed();
    server.control("DELETE", "calls", &json!(null));
    let (report, ended) = drift(&server, &repository, &["--detailed-exitcode"]);
    assert_eq!(differences(&ended), []);
    ended.exits(0);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for ((service, _), count) in calls(&server) {
        *seen.entry(service).or_default() += u64::try_from(count).expect("few calls");
    }
    let told: BTreeMap<String, u64> = report["calls"]
        .as_object()
        .expect("calls")
        .iter()
        .map(|(name, n)| (name.clone(), n.as_u64().unwrap()))
        .collect();
    assert_eq!(told, seen);
    let text = repository.against(&server, &["drift"]).exits(0).stdout;
    let all: u64 = told.values().sum();
    assert!(text.lines().any(|line| line.starts_with(&format!("{all} calls to AWS: "))), "{text}");

    // Quickly means without Cloud Control, and says so.
    let (quick, ended) = drift(&server, &repository, &["--quick"]);
    ended.exits(0);
    assert_eq!(quick["calls"].get("cloudcontrolapi"), None);
    let text = repository.against(&server, &["drift", "--quick"]).exits(0).stdout;
    assert!(text.contains("quickly: settings that the document does not mention"), "{text}");
}

/// The actions that `tidegate permissions` says a command needs, and all that it says.
fn policy(repository: &Repository, command: &str) -> (BTreeSet<String>, String) {
    allowed(repository, &["permissions", command, "prod"])
}

pub fn allowed(repository: &Repository, arguments: &[&str]) -> (BTreeSet<String>, String) {
    let text = repository.run(arguments).exits(0).stdout;
    let json: Json = serde_json::from_str(&text).expect("a policy");
    let statements = json["Statement"].as_array().expect("statements").clone();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().expect("actions").clone());
    (actions.filter_map(|action| action.as_str().map(str::to_owned)).collect(), text)
}

/// The actions of the calls that the server saw.
pub fn called(server: &Server) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    for (service, operation) in calls(server).into_keys() {
        // Everybody may ask who he is; calls of REST services have no names on the wire.
        if service == "sts" || operation.contains('/') {
            continue;
        }
        let prefix = match service.as_str() {
            "cloudcontrolapi" => "cloudformation",
            "monitoring" => "cloudwatch",
            service => service,
        };
        actions.insert(format!("{prefix}:{operation}"));
    }
    actions
}

#[test]
fn the_policy_of_drift_allows_every_call_and_no_write() {
    let (server, repository) = deployed();
    server.control("DELETE", "calls", &json!(null));
    drift(&server, &repository, &[]).1.exits(0);
    let (allowed, text) = policy(&repository, "drift");
    let missing: Vec<_> = called(&server).difference(&allowed).cloned().collect();
    assert_eq!(missing, [""; 0], "{text}");
    assert!(!text.contains("${"), "{text}");
    assert!(text.contains("arn:aws:cloudformation:us-east-1:111122223333:stack/trips-prod/*"), "{text}");
    let writes = ["Put", "Create", "Update", "Delete", "Execute", "Set", "Pass"];
    let written = |allowed: &BTreeSet<String>| -> Vec<String> {
        let verb = |action: &String| action.split_once(':').map(|(_, verb)| verb.to_owned()).unwrap_or_default();
        allowed.iter().filter(|action| writes.iter().any(|write| verb(action).starts_with(write))).cloned().collect()
    };
    assert_eq!(written(&allowed), [""; 0]);
    let planned = written(&policy(&repository, "plan").0);
    assert!(planned.contains(&"cloudformation:CreateChangeSet".to_owned()), "{planned:?}");
    assert!(!planned.contains(&"cloudformation:ExecuteChangeSet".to_owned()), "{planned:?}");
    let wrong = repository.run(&["permissions", "drift", "nowhere"]).exits(2);
    assert!(wrong.stderr.contains("there is no stack `nowhere`"), "{}", wrong.stderr);
}

#[test]
fn the_policies_of_plan_and_deploy_allow_every_call() {
    let (server, repository) = deployed();
    repository.edit("  late: {}\n", "  late: {}\n  later: {}\n");
    for (command, arguments) in [("plan", &["plan", "prod"][..]), ("deploy", &["deploy", "prod", "--yes"])] {
        server.control("DELETE", "calls", &json!(null));
        repository.against(&server, arguments).exits(0);
        let (allowed, text) = policy(&repository, command);
        let called = called(&server);
        let lock = called.contains("ssm:PutParameter") && called.contains("ssm:DeleteParameter");
        assert_eq!(lock, command == "deploy", "{called:?}");
        let missing: Vec<_> = called.difference(&allowed).cloned().collect();
        assert_eq!(missing, [""; 0], "{command}: {text}");
    }
}

/// Takes permissions away one by one.
#[test]
fn a_missing_permission_is_told_where_it_matters_and_changes_nothing_else() {
    let (server, repository) = deployed();
    let (whole, _) = drift(&server, &repository, &[]);
    let before = unchecked(&whole);
    server.control("DELETE", "calls", &json!(null));
    drift(&server, &repository, &[]).1.exits(0);
    let needed =
        [("cloudformation", "DescribeStacks"), ("cloudformation", "ListStackResources"), ("sts", "GetCallerIdentity")];
    let made: Vec<_> = calls(&server).into_keys().collect();
    assert!(made.len() > 5, "{made:?}");
    for (service, operation) in made {
        let action = format!("{service}:{operation}");
        let message = format!("User: arn:aws:iam::{ACCOUNT}:user/x is not authorized to perform: {action}");
        let denied = |service: &str, operation: &str| {
            json!({ "service": service, "operation": operation, "times": -1, "code": "AccessDeniedException",
                    "status": 403, "message": message })
        };
        // What Cloud Control may not say, CloudFormation's detection would: it is taken away, too.
        let detection = denied("cloudformation", "DetectStackDrift");
        let operation_pattern = operation.replace('/', "\\/").replace('?', "\\?").replace('.', "\\.");
        server.control("PUT", "faults", &json!([denied(&service, &operation_pattern), detection]));
        let (report, ended) = drift(&server, &repository, &["--detailed-exitcode"]);
        server.control("DELETE", "faults", &json!(null));
        if needed.contains(&(service.as_str(), operation.as_str())) {
            let said = format!("{}{}", ended.stdout, ended.stderr);
            assert!(said.contains("is not authorized to perform"), "{action}: {said}");
            ended.exits(1);
            continue;
        }
        assert_eq!(differences(&ended), [], "{action}");
        let ended = ended.exits(0);
        let new: Vec<_> = unchecked(&report).into_iter().filter(|entry| !before.contains(entry)).collect();
        for (id, pointer, reason) in &new {
            // What another resource's answer would have told is missed, too.
            let told = ["not authorized", "AccessDenied", "only CloudFormation knows"];
            assert!(told.iter().any(|text| reason.contains(text)), "{id}{pointer}: {reason}");
        }
        // GetTemplate tells what was deployed: without it, the document stands for it, and that is said.
        if operation != "GetTemplate" {
            assert!(!new.is_empty(), "{action} is not missed\n{}", ended.stdout);
        }
    }
}

#[test]
fn throttling_loses_nothing() {
    let (server, repository) = deployed();
    let (calm, _) = drift(&server, &repository, &[]);
    server.control(
        "PUT",
        "faults",
        &json!([
            { "service": "cloudcontrolapi", "after": 1, "times": 3, "code": "ThrottlingException" },
            { "service": "kinesis", "times": 1, "code": "LimitExceededException" },
            { "service": "cloudformation", "times": 2, "code": "Throttling" },
        ]),
    );
    let (throttled, ended) = drift(&server, &repository, &["--detailed-exitcode"]);
    ended.exits(0);
    assert_eq!(calm["stacks"], throttled["stacks"]);
    let count = |report: &Json| report["calls"]["cloudcontrolapi"].as_u64().expect("a count");
    assert_eq!(count(&throttled), count(&calm) + 3);
}

#[test]
fn a_setting_that_no_template_mentions_is_seen() {
    let (server, repository) = deployed();
    let script = "import boto3, os; c = boto3.client('sqs', endpoint_url=os.environ['URL'], region_name='us-east-1', \
                  aws_access_key_id='111122223333', aws_secret_access_key='test'); \
                  u = next(u for u in c.list_queues()['QueueUrls'] if u.endswith('-lost')); \
                  c.set_queue_attributes(QueueUrl=u, Attributes={'ReceiveMessageWaitTimeSeconds': '7'})";
    let done = std::process::Command::new(crate::support::python::program("python"))
        .args(["-c", script])
        .env("URL", &server.url)
        .status()
        .expect("Python starts");
    assert!(done.success());
    let (_, ended) = drift(&server, &repository, &["--detailed-exitcode"]);
    let found = differences(&ended);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, "ReceiveMessageWaitTimeSeconds");
    ended.exits(2);
}

/// Ctrl-C ends a look at once, and leaves nothing that hinders the next.
#[test]
fn an_interrupted_look_leaves_nothing() {
    let (server, repository) = deployed();
    server.control("PUT", "faults", &json!([{ "service": "cloudcontrolapi", "times": -1, "delay_seconds": 90 }]));
    let before = files(&repository);
    let program = env!("CARGO_BIN_EXE_tidegate");
    let begin = std::time::Instant::now();
    let ended = std::process::Command::new("timeout")
        .args(["--preserve-status", "-s", "INT", "3", program, "drift"])
        .current_dir(repository.path())
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("timeout starts");
    assert!(begin.elapsed().as_secs() < 60, "it took {:?}", begin.elapsed());
    assert!(!ended.status.success());
    assert_eq!(files(&repository), before);
    server.control("DELETE", "faults", &json!(null));
    drift(&server, &repository, &["--detailed-exitcode"]).1.exits(0);
}

fn files(repository: &Repository) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(repository.path()).expect("a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// A thousand resources in eight stacks take one call each where their service has no batch, and beside them only the
/// pages of the stacks.
#[test]
fn a_thousand_resources_take_hardly_more_calls_than_the_least() {
    let server = Server::with_faults();
    let mut document = "tidegate: 1\nname: many\nenvironments:\n".to_owned();
    for place in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        document.push_str(&format!("  {place}: {{account: \"{ACCOUNT}\", region: us-east-1}}\n"));
    }
    for (kind, count, thing) in [("queues", 55, "{}"), ("topics", 40, "{}"), ("streams", 5, "{mode: on-demand}")] {
        document.push_str(&format!("{kind}:\n"));
        (0..count).for_each(|number| document.push_str(&format!("  {kind}{number}: {thing}\n")));
    }
    let repository = Repository::with(&document);
    for place in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        repository.against(&server, &["deploy", place, "--yes"]).exits(0);
    }
    let (report, ended) = drift(&server, &repository, &["--detailed-exitcode"]);
    assert_eq!(differences(&ended), []);
    ended.exits(0);
    let stacks = report["stacks"].as_array().expect("stacks");
    let mut least = 0;
    let mut resources = 0;
    let stacks: Vec<_> = stacks.iter().filter(|stack| !stack["status"].is_null()).collect();
    for stack in &stacks {
        let of_stack = stack["resources"].as_array().expect("resources");
        resources += of_stack.len();
        let of_type = |name: &str| of_stack.iter().filter(|resource| resource["type"] == name).count();
        let alarms = of_type("AWS::CloudWatch::Alarm");
        // Who is asking, the stack, its template, and its resources by the hundred; alarms by the hundred; the others one
        // by one, since Cloud Control and these services have no batch.
        least += 3 + of_stack.len().div_ceil(100) + alarms.div_ceil(100) + (of_stack.len() - alarms);
    }
    let calls: u64 = report["calls"].as_object().expect("calls").values().filter_map(Json::as_u64).sum();
    let calls = usize::try_from(calls).expect("a number");
    assert!(resources >= 1000, "{resources}");
    assert!(calls * 100 <= least * 115, "{calls} calls where {least} are the least: {:#}", report["calls"]);
    let ratio = calls as f64 / least as f64;
    let stacks = stacks.len();
    let table = format!(
        "| resources | stacks | calls | least | calls for each of the least |\n|---:|---:|---:|---:|---:|\n\
         | {resources} | {stacks} | {calls} | {least} | {ratio:.2} |\n"
    );
    bless_part("drift.md", "calls", &table);
}
