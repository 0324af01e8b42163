//! The table of situations of a release, through both of its homes, and the same killed around each write of its record.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tidegate::cloud::aws::{Account, Settings};
use tidegate::cloud::{
    Caller, ChangeSet, ChangeSetId, ChangeSetRequest, Cloud, CloudError, Detected, Event, Lock, Look, Observation,
    Propose, ServiceCall, StackResource, StackState, StageRun, WaitingChangeSet, Wanted,
};
use tidegate::operate::{Asked, Clock, News, Releasing, Who};

use crate::servers::passes;
use crate::support::server::Server;
use crate::support::{python, root};

const REGION: &str = "eu-west-1";

/// The Python that makes situations true and judges what came of them.
struct Judge {
    child: Child,
    lines: Mutex<Box<dyn Iterator<Item = std::io::Result<String>> + Send>>,
}

impl Judge {
    fn start(url: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(python::program("python"))
            .arg(root().join("tests/release/by_hand.py"))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines: Mutex::new(Box::new(lines)) }
    }

    fn hear(&self) -> Option<Json> {
        let line = self.lines.lock().expect("no panic").next()?.expect("a line");
        Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}")))
    }

    fn say(&self, what: &Json) {
        let mut input = self.child.stdin.as_ref().expect("a pipe");
        input.write_all(format!("{what}\n").as_bytes()).expect("it listens");
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Each wait is a minute or so of this clock, as the judge says.
struct Minutes<'a> {
    judge: &'a Judge,
    /// In seconds; behind, when it is negative.
    ahead: Cell<i64>,
    path: &'a Mutex<Vec<String>>,
}

impl Clock for Minutes<'_> {
    fn now(&self) -> u64 {
        tidegate::host::seconds().saturating_add_signed(self.ahead.get())
    }

    fn written(&self, seconds: u64) -> String {
        tidegate::host::written(seconds)
    }

    fn read(&self, time: &str) -> Option<u64> {
        tidegate::host::seconds_of(time)
    }

    fn pause(&self, _seconds: u64) -> bool {
        let path: Vec<String> = self.path.lock().expect("no panic").drain(..).collect();
        self.judge.say(&json!({ "wait": true, "path": path }));
        let answer = self.judge.hear().expect("an answer");
        self.ahead.set(answer["ahead"].as_i64().unwrap_or_else(|| panic!("{answer}")));
        true
    }
}

/// The release ends in the middle of everything.
struct Killed;

/// An account, with somebody who hears of each write of the release's record and may end the release around it.
struct Wire<'a> {
    account: &'a Account,
    judge: &'a Judge,
    /// The name of the parameter.
    record: &'a str,
}

impl Cloud for Wire<'_> {
    fn call(&self, call: &ServiceCall) -> Result<Json, CloudError> {
        if call.operation != "PutParameter" || call.input["Name"] != self.record {
            return self.account.call(call);
        }
        self.judge.say(&json!({ "writes": call.input["Value"] }));
        let answer = self.judge.hear().expect("an answer");
        if answer["kill"] == "before" {
            resume_unwind(Box::new(Killed));
        }
        let written = self.account.call(call);
        if answer["kill"] == "after" {
            resume_unwind(Box::new(Killed));
        }
        written
    }

    fn update_resource(&self, of_type: &str, id: &str, patch: &Json, role: Option<&str>) -> Result<(), CloudError> {
        self.account.update_resource(of_type, id, patch, role)
    }

    fn execute_change_set(&self, id: &ChangeSetId, token: &str) -> Result<(), CloudError> {
        self.account.execute_change_set(id, token)
    }

    fn set_termination_protection(&self, stack: &str, protected: bool) -> Result<(), CloudError> {
        self.account.set_termination_protection(stack, protected)
    }

    fn take_lock(&self, lock: &Lock) -> Result<bool, CloudError> {
        self.account.take_lock(lock)
    }

    fn release_lock(&self, stack: &str) -> Result<(), CloudError> {
        self.account.release_lock(stack)
    }

    fn delete_stack(&self, stack: &str, retain: &[String], token: &str) -> Result<(), CloudError> {
        self.account.delete_stack(stack, retain, token)
    }

    fn continue_rollback(&self, stack: &str, skip: &[String], token: &str) -> Result<(), CloudError> {
        self.account.continue_rollback(stack, skip, token)
    }
}

impl Propose for Wire<'_> {
    fn create_change_set(&self, request: &ChangeSetRequest) -> Result<(), CloudError> {
        self.account.create_change_set(request)
    }

    fn delete_change_set(&self, id: &ChangeSetId) -> Result<(), CloudError> {
        self.account.delete_change_set(id)
    }
}

impl Look for Wire<'_> {
    fn caller(&self) -> Result<Caller, CloudError> {
        self.account.caller()
    }

    fn stack(&self, stack: &str) -> Result<Option<StackState>, CloudError> {
        self.account.stack(stack)
    }

    fn template(&self, stack: &str) -> Result<String, CloudError> {
        self.account.template(stack)
    }

    fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        self.account.resources(stack)
    }

    fn change_set(&self, id: &ChangeSetId) -> Result<Option<ChangeSet>, CloudError> {
        self.account.change_set(id)
    }

    fn change_sets(&self, stack: &str) -> Result<Vec<WaitingChangeSet>, CloudError> {
        self.account.change_sets(stack)
    }

    fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<Event>, CloudError> {
        self.account.events(stack, after)
    }

    fn detect_drift(&self, stack: &str) -> Result<Vec<Detected>, CloudError> {
        self.account.detect_drift(stack)
    }

    fn observe(&self, wanted: &[Wanted]) -> Vec<Observation> {
        self.account.observe(wanted)
    }

    fn stages(&self, pipeline: &str) -> Result<Vec<StageRun>, CloudError> {
        self.account.stages(pipeline)
    }

    fn lock(&self, stack: &str) -> Result<Option<Lock>, CloudError> {
        self.account.lock(stack)
    }

    fn pause(&self, duration: Duration) {
        self.account.pause(duration);
    }
}

fn release(account: &Account, judge: &Judge, asked: &Json) -> Json {
    let path = Mutex::new(Vec::new());
    let clock = Minutes { judge, ahead: Cell::new(asked["ahead"].as_i64().unwrap_or_default()), path: &path };
    let wire = Wire { account, judge, record: asked["record"].as_str().expect("a name") };
    let mut tell = |news: &News| {
        if let News::Entered { state, .. } = news {
            path.lock().expect("no panic").push(state.clone());
        }
    };
    let who = Who { id: tidegate::host::unique(), by: "anna".to_owned(), machine: "laptop, process 7".to_owned() };
    let asked = Asked::read(&asked["release"]).expect("what is asked can be read");
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let releasing = Releasing::begin(&wire, &clock, asked, REGION, who, &mut tell).expect("it begins");
        releasing.run().map_err(|stop| format!("stopped in {}: {:?}", stop.state, stop.error))
    }));
    let path = path.into_inner().expect("no panic");
    match ended {
        Ok(Err(stopped)) => json!({ "succeeded": false, "message": stopped, "path": path }),
        Ok(Ok(ended)) => json!({ "succeeded": ended.succeeded, "message": ended.message, "path": path }),
        Err(end) if end.is::<Killed>() => json!({ "killed": true, "path": path }),
        Err(panic) => resume_unwind(panic),
    }
}

/// Runs the table in processes of their own, whose environment says where AWS is, each with its part of it.
fn run(what: &str) {
    std::thread::scope(|scope| {
        for number in 1..=PROCESSES {
            scope.spawn(move || run_part(&format!("{what} {number}/{PROCESSES}")));
        }
    });
}

fn run_part(what: &str) {
    let server = Server::start();
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "by_the_table::the_table_where_the_environment_says", "--nocapture"])
        .env(TABLE, what)
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("it starts");
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{shown}", String::from_utf8_lossy(&output.stdout));
    assert!(shown.contains("came out as they should"), "{shown}");
}

/// So many at once: a release waits for its server most of the time.
const PROCESSES: usize = 2;

/// Names what of the table is run: `rows` or `kills`, and perhaps a part of them or one situation.
const TABLE: &str = "TIDEGATE_TEST_TABLE";

/// Does nothing but where the other tests call it.
#[test]
fn the_table_where_the_environment_says() {
    let Ok(what) = std::env::var(TABLE) else { return };
    let url = std::env::var("AWS_ENDPOINT_URL").expect("an address");
    let settings = Settings { region: Some(REGION.to_owned()), ..Settings::default() };
    let account = Account::connect(&settings).expect("an account");
    let judge = Judge::start(&url, &what.split(' ').collect::<Vec<_>>());
    let (mut right, mut wrong) = (0, Vec::new());
    while let Some(said) = judge.hear() {
        if said["release"].is_object() {
            let came = release(&account, &judge, &said);
            judge.say(&came);
        } else if let Some(name) = said["wrong"].as_str() {
            wrong.push(format!("{name} (killed: {}): {}", said["kill"], said["why"].as_str().unwrap_or_default()));
            judge.say(&json!({}));
        } else {
            right += 1;
        }
    }
    assert!(wrong.is_empty(), "{right} are right, {} are not:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right > 20, "no more than {right} situations were run");
    eprintln!("{right} situations came out as they should");
}

#[test]
fn by_hand_everything_comes_as_the_table_says() {
    run("rows");
}

#[test]
fn killed_around_any_write_a_release_comes_to_the_same_end() {
    run("kills");
}

/// By the function of the pipeline, and by another execution of it when it was killed.
#[test]
fn in_the_pipeline_everything_comes_as_the_table_says() {
    passes("tests/release/test_situations.py");
}
