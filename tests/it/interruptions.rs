//! Deployments that are killed, throttled, cut off and lied to, by the real program and the real SDK against a running
//! server. What comes of it is a table in the book.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::support::api::Api;
use crate::support::repository::{ACCOUNT, Repository};
use crate::support::run::{Ended, ended, tidegate};
use crate::support::server::Server;
use crate::support::{bless, root};

const DOCUMENT: &str = "tidegate: 1
name: rides
environments:
  prod: {account: \"ACCOUNT\", region: eu-central-1}
streams:
  trips: {mode: provisioned, shards: 1, retention: 24h}  # 走行
topics:
  alerts: {}
queues:
  late: {}
";
const DEPLOY: &[&str] = &["deploy", "prod", "--yes", "--allow-danger"];
/// So often at most a deployment is run again.
const RUNS: usize = 12;

/// A document of an account of its own, so that many can share a server.
struct Case<'a> {
    server: &'a Server,
    folder: tempfile::TempDir,
    account: String,
}

impl<'a> Case<'a> {
    fn new(server: &'a Server, number: usize) -> Self {
        let account = format!("{:012}", 100_000_000_000 + number);
        let folder = tempfile::tempdir().expect("a folder");
        let case = Self { server, folder, account };
        case.write(&DOCUMENT.replace("ACCOUNT", &case.account));
        case
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, document: &str) {
        fs::write(self.path().join("pipeline.yaml"), document).expect("a document");
        tidegate(&["render"]).within(self.path()).run().exits(0);
    }

    fn edit(&self, from: &str, to: &str) {
        let document = fs::read_to_string(self.path().join("pipeline.yaml")).expect("the document");
        assert!(document.contains(from), "no {from}");
        self.write(&document.replacen(from, to, 1));
    }

    fn begin(&self, arguments: &[&str]) -> std::process::Child {
        self.server.account(tidegate(arguments).within(self.path()), &self.account).begin()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.begin(arguments))
    }

    /// As the server is by itself, without faults.
    fn calmly(&self, arguments: &[&str]) -> Ended {
        self.server.control("PUT", "faults", &json!([]));
        self.run(arguments)
    }

    /// The steps in the journal.
    fn steps(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join(".tidegate/prod.jsonl")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        lines.map(|line| line["step"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The calls of this account that did something, as the proxy saw them.
    fn calls(&self, operation: &str) -> usize {
        let calls = self.server.control("GET", "calls", &Json::Null);
        let calls = calls.as_array().into_iter().flatten();
        calls.filter(|call| call["account"] == *self.account && call["operation"] == operation).count()
    }

    /// How many operations the stack has had: what was executed twice has two.
    fn operations(&self) -> usize {
        let script = "import boto3, sys
client = boto3.client('cloudformation', region_name='eu-central-1', endpoint_url=sys.argv[1],
    aws_access_key_id=sys.argv[2], aws_secret_access_key='test')
events = [e for p in client.get_paginator('describe_stack_events').paginate(StackName='rides-prod') for e in p['StackEvents']]
begun = ('CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS')
print(sum(e['PhysicalResourceId'] == e['StackId'] and e['ResourceStatus'] in begun for e in events))";
        let output = std::process::Command::new(crate::support::python::program("python"))
            .args(["-c", script, &self.server.url, &self.account])
            .output()
            .expect("Python starts");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Deployed, in sync, unlocked, and executed so often.
    #[track_caller]
    fn settled(&self, executions: usize, what: &str) {
        let plan = self.run(&["plan", "prod", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{what}: {}{}", plan.stdout, plan.stderr);
        let drift = self.run(&["drift", "prod", "--detailed-exitcode"]);
        assert_eq!(drift.code, Some(0), "{what}: {}{}", drift.stdout, drift.stderr);
        assert_eq!(self.operations(), executions, "{what}");
        let doctor = self.run(&["doctor", "prod"]);
        assert_eq!(doctor.code, Some(0), "{what}: {}{}", doctor.stdout, doctor.stderr);
    }
}

/// Writes a table between its marks in the book.
fn table(mark: &str, rows: &[String]) {
    let page = root().join("book/src/deploying.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = text.split_once(&start).expect("the place of the table");
    let (_, after) = rest.split_once(&end).expect("the end of the table");
    let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
    bless(&page, &text, &format!("{before}{start}\n{rows}\n{end}{after}"));
}

/// Ends the program the moment it has written so many lines; whether it came so far.
fn kill_at(case: &Case<'_>, lines: usize) -> bool {
    let mut child = case.begin(DEPLOY);
    let began = Instant::now();
    loop {
        if case.steps().len() >= lines {
            child.kill().expect("the program can be killed");
            child.wait().expect("it ends");
            return true;
        }
        if child.try_wait().expect("its state").is_some() {
            return false;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "it does not end");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_at_each_step_of_its_journal_it_goes_on() {
    let server = Server::with_faults();
    let names = |step: &str| match step {
        "begun" => "the journal is begun",
        "locking" => "the lock is about to be taken",
        "executing" => "the change set is about to be executed",
        "ended" => "the operation has ended",
        "protecting" => "termination protection is about to be set",
        "unlocked" => "the lock is released",
        "finished" => "all is done",
        other => panic!("{other}"),
    };
    let mut rows = vec![
        "| killed when | after the next run | executions | locks left |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for line in 1.. {
        let case = Case::new(&server, line);
        // Each call takes long enough for the kill to come before its answer.
        server.control("PUT", "faults", &json!([{ "times": -1, "delay_seconds": 0.15 }]));
        if !kill_at(&case, line) {
            break;
        }
        let steps = case.steps();
        let last = steps.get(line - 1).cloned().unwrap_or_default();
        let again = case.calmly(DEPLOY);
        assert_eq!(again.code, Some(0), "{last}: {}{}", again.stdout, again.stderr);
        assert_eq!(again.stderr.contains("an earlier run was interrupted"), last != "finished", "{}", again.stderr);
        case.settled(1, &last);
        rows.push(format!("| {} | deployed, in sync | 1 | 0 |", names(&last)));
        if last == "finished" {
            break;
        }
    }
    assert!(rows.len() >= 7, "{rows:?}");
    table("kills", &rows);
}

#[test]
fn killed_before_and_after_each_effect_it_happens_once() {
    let server = Server::with_faults();
    let mut rows = vec!["| call | killed before its effect | killed after it |".to_owned(), "|---|---|---|".to_owned()];
    let effects =
        ["PutParameter", "CreateChangeSet", "ExecuteChangeSet", "UpdateTerminationProtection", "DeleteParameter"];
    for (number, operation) in effects.into_iter().enumerate() {
        for late in [false, true] {
            let case = Case::new(&server, 100 + number * 2 + usize::from(late));
            // Without `late` the call never comes to the server.
            let mut rule = json!({ "operation": operation, "account": case.account, "delay_seconds": 5, "late": late });
            rule["cut"] = Json::from(!late);
            server.control("PUT", "faults", &json!([rule]));
            let mut child = case.begin(DEPLOY);
            let began = Instant::now();
            while case.calls(operation) == 0 {
                assert!(began.elapsed() < Duration::from_secs(60), "{operation} is never called");
                std::thread::sleep(Duration::from_millis(20));
            }
            // What is late has its effect before it waits.
            std::thread::sleep(Duration::from_millis(if late { 700 } else { 0 }));
            child.kill().expect("the program can be killed");
            child.wait().expect("it ends");
            let what = format!("{operation}, late: {late}");
            let again = case.calmly(DEPLOY);
            assert_eq!(again.code, Some(0), "{what}: {}{}", again.stdout, again.stderr);
            case.settled(1, &what);
        }
        rows.push(format!("| `{operation}` | deployed once | deployed once |"));
    }
    table("effects", &rows);
}

#[test]
fn at_any_rate_of_faults_nothing_is_lost_or_doubled() {
    let server = Server::with_faults();
    let faults: [(&str, Json); 6] = [
        ("throttling", json!({ "code": "Throttling", "status": 400 })),
        ("server errors", json!({ "code": "InternalFailure", "status": 500, "message": "internal" })),
        ("cut connections", json!({ "cut": true })),
        ("lost answers", json!({ "cut": true, "late": true })),
        ("slow answers", json!({ "delay_seconds": 0.4 })),
        ("stale reads", json!({ "stale": true, "service": "cloudformation", "operation": "Describe.*" })),
    ];
    let mut rows =
        vec!["| fault | one call in ten | three in ten | every second |".to_owned(), "|---|---|---|---|".to_owned()];
    let mut rules = Vec::new();
    let mut cases = Vec::new();
    for (row, (_, fault)) in faults.iter().enumerate() {
        for (column, rate) in [0.1, 0.3, 0.5].into_iter().enumerate() {
            let case = Case::new(&server, 200 + row * 3 + column);
            let mut rule = fault.clone();
            rule["account"] = case.account.clone().into();
            rule["rate"] = rate.into();
            rule["seed"] = (row * 3 + column).into();
            rule["times"] = (-1).into();
            rules.push(rule);
            cases.push(case);
        }
    }
    server.control("PUT", "faults", &Json::from(rules));
    // They mostly wait, so all can do so at once.
    let runs: Vec<usize> = std::thread::scope(|scope| {
        let threads = cases.iter().map(|case| {
            scope.spawn(move || {
                let mut last = String::new();
                for run in 1..=RUNS {
                    let ended = case.run(DEPLOY);
                    if ended.code == Some(0) {
                        return run;
                    }
                    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
                    last = ended.stderr;
                }
                panic!("not deployed after {RUNS} runs: {last}");
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().expect("a deployment")).collect()
    });
    server.control("PUT", "faults", &json!([]));
    for ((fault, _), (cases, runs)) in faults.iter().zip(cases.chunks(3).zip(runs.chunks(3))) {
        for case in cases {
            case.settled(1, fault);
        }
        eprintln!("{fault}: {runs:?} runs");
        rows.push(format!("| {fault} | deployed once | deployed once | deployed once |"));
    }
    table("faults", &rows);
}

#[test]
fn a_stack_that_fails_in_the_middle_while_nobody_looks_is_told_and_tried_again() {
    let server = Server::with_faults();
    let api = Api::new(&server, ACCOUNT);
    let repository = Repository::of("flink-delivery");
    repository.against(&server, &["deploy", "delivery", "--yes"]).exits(0);
    repository.against(&server, &["deploy", "prod", "--yes"]).exits(0);
    let pointer = api.ssm.put_parameter().name("/taxi-analytics/prod/flink/taxi/release").overwrite(true);
    api.wait(pointer.value("builds/taxi-jar/none/taxi-jar.jar").send()).expect("a pointer to code that is not there");
    server.control("DELETE", "calls", &json!({}));
    // The program is killed while it waits for the first events of its operation.
    server.control("PUT", "faults", &json!([{ "operation": "DescribeStackEvents", "after": 1, "delay_seconds": 5 }]));
    let mut child = server.account(tidegate(DEPLOY).within(repository.path()), ACCOUNT).begin();
    let executed = || {
        let calls = server.control("GET", "calls", &Json::Null);
        calls.as_array().into_iter().flatten().any(|call| call["operation"] == "ExecuteChangeSet")
    };
    let began = Instant::now();
    while !executed() {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is executed");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(1));
    child.kill().expect("the program can be killed");
    child.wait().expect("it ends");
    server.control("PUT", "faults", &json!([]));
    api.until("the end of the update", || {
        let stacks = api.wait(api.cloudformation.describe_stacks().stack_name("taxi-analytics-prod").send()).ok()?;
        let status = stacks.stacks().first()?.stack_status()?.as_str();
        (!status.ends_with("_IN_PROGRESS")).then_some(())
    });
    let told = repository.against(&server, DEPLOY).exits(1).stderr;
    assert!(told.contains("UPDATE_ROLLBACK_COMPLETE") && told.contains("`TaxiFlink`"), "{told}");
    assert!(told.contains("--> pipeline.yaml:32:3"), "{told}");
    assert!(!told.contains("CloudFormation executes the change set"), "{told}");
    let again = repository.against(&server, DEPLOY).exits(1).stderr;
    assert!(again.contains("CloudFormation executes the change set"), "{again}");
    repository.against(&server, &["doctor", "prod"]).exits(0);
}

#[test]
fn of_two_at_once_one_is_told_who_the_other_is() {
    let server = Server::with_faults();
    let (first, second) = (Case::new(&server, 302), Case::new(&server, 302));
    let slow = json!({ "operation": "ExecuteChangeSet", "delay_seconds": 3 });
    server.control("PUT", "faults", &json!([slow]));
    let child = first.begin(DEPLOY);
    while !first.steps().iter().any(|step| step == "executing") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = second.run(DEPLOY).exits(1).stderr;
    assert!(refused.contains("`rides-prod` is locked by arn:aws:") && refused.contains("`deploy prod`"), "{refused}");
    let here = first.run(DEPLOY).exits(1).stderr;
    assert!(here.contains("another process on this machine"), "{here}");
    let doctor = second.run(&["doctor", "prod"]).exits(1).stdout;
    assert!(doctor.contains("locked for") && doctor.contains("ask there"), "{doctor}");
    let fixed = second.run(&["doctor", "prod", "--fix", "--yes"]).exits(1).stderr;
    assert!(fixed.contains("--allow-danger"), "{fixed}");
    ended(child).exits(0);
    second.run(DEPLOY).exits(0);
    second.settled(1, "after both");
}

#[test]
fn a_lock_that_was_left_behind_is_removed_by_a_word() {
    let server = Server::with_faults();
    let (first, second) = (Case::new(&server, 303), Case::new(&server, 303));
    let slow = json!({ "operation": "CreateChangeSet", "delay_seconds": 5 });
    server.control("PUT", "faults", &json!([slow]));
    assert!(kill_at(&first, 2));
    while first.calls("PutParameter") == 0 {
        first.run(DEPLOY);
    }
    let own = first.calmly(&["doctor", "prod"]);
    assert!(own.stdout.contains("was interrupted") || own.code == Some(0), "{}", own.stdout);
    if second.run(DEPLOY).code == Some(1) {
        second.run(&["doctor", "prod", "--fix", "--yes", "--allow-danger"]).exits(0);
        second.run(DEPLOY).exits(0);
    }
    second.settled(1, "after the lock");
}

#[test]
fn without_the_right_to_lock_the_way_out_is_said() {
    let server = Server::with_faults();
    let case = Case::new(&server, 304);
    let denied = json!({ "service": "ssm", "code": "AccessDeniedException", "status": 400, "times": -1,
        "message": "User: u is not authorized to perform: ssm:PutParameter on resource: r" });
    server.control("PUT", "faults", &json!([denied]));
    let refused = case.run(DEPLOY).exits(1).stderr;
    assert!(refused.contains("--no-lock") && refused.contains("ssm:PutParameter"), "{refused}");
    let doctor = case.run(&["doctor", "prod"]).exits(1).stdout;
    assert!(doctor.contains("rights: could not read the lock"), "{doctor}");
    case.run(&["deploy", "prod", "--yes", "--no-lock"]).exits(0);
    server.control("PUT", "faults", &json!([]));
    case.settled(1, "without a lock");
}

/// More changes and events than a page holds.
#[test]
fn all_pages_of_changes_and_events_are_read() {
    let server = Server::with_faults();
    let case = Case::new(&server, 305);
    let topics: String = (0..70).map(|number| format!("  topic-{number}: {{}}\n")).collect();
    case.edit("topics:\n", &format!("topics:\n{topics}"));
    let planned = case.run(&["plan", "prod", "--format", "json"]).exits(0);
    let plan: Json = serde_json::from_str(&planned.stdout).expect("JSON");
    let changes = plan["stacks"][0]["changes"].as_array().cloned().unwrap_or_default();
    assert!(changes.len() > 130, "{}", changes.len());
    assert!(case.calls("DescribeChangeSet") > 2, "one page is not enough");
    let deployed = case.run(DEPLOY).exits(0).stderr;
    for change in &changes {
        let id = change["logical_id"].as_str().expect("an id");
        let done = deployed.lines().any(|line| line.contains("CREATE_COMPLETE") && line.contains(&format!(" {id}  ")));
        assert!(done, "the end of {id} is not told");
    }
    case.settled(1, "many");
}

#[test]
fn a_stack_that_is_nothing_but_a_change_set_is_removed_after_a_word() {
    let server = Server::with_faults();
    let case = Case::new(&server, 306);
    case.run(&["plan", "prod", "--out", "prod.plan"]).exits(0);
    let found = case.run(&["doctor", "prod"]).exits(1).stdout;
    assert!(found.contains("REVIEW_IN_PROGRESS") && found.contains("loses: change sets that wait"), "{found}");
    assert!(case.run(&["doctor", "prod", "--fix", "--yes"]).exits(1).stderr.contains("--allow-danger"));
    case.run(&["doctor", "prod", "--fix", "--allow-danger"]).exits(2);
    let fixed = case.run(&["doctor", "prod", "--fix", "--yes", "--allow-danger"]).exits(0).stdout;
    assert!(fixed.contains("DELETE_COMPLETE"), "{fixed}");
    let gone = case.run(&["deploy", "--plan", "prod.plan", "--yes"]).exits(1).stderr;
    assert!(gone.contains("the stack was deleted since"), "{gone}");
    case.run(DEPLOY).exits(0);
    case.settled(1, "after all");
}
