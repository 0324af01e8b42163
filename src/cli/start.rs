//! `tidegate start` and `tidegate stop`

use clap::Args;
use serde_json::{Value as Json, json};

use super::account::failed;
use super::plan::refused;
use super::releasable::{Target, Time, Which, consent};
use super::{Arguments, Exit, Failure, Outcome};
use crate::host;
use crate::operate::{Application, Clock, Snapshot, digest_in, short, spoken};

/// Between two looks, in seconds.
const PAUSE: u64 = 5;
/// Starting or stopping may last so long, in seconds.
const LONGEST: u64 = 3600;

/// Start an application that stands still, from its latest snapshot
#[derive(Args)]
pub(super) struct Start {
    #[command(flatten)]
    which: Which,
}

/// Stop an application; it takes a snapshot first
#[derive(Args)]
pub(super) struct Stop {
    #[command(flatten)]
    which: Which,
    /// Stop it at once: what it did since its last snapshot is done again or lost. Dangerous.
    #[arg(long)]
    without_snapshot: bool,
    /// Also do what is marked with `!`.
    #[arg(long)]
    allow_danger: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

impl Arguments for Start {
    fn run(self) -> Outcome {
        let session = self.which.open()?;
        let target = self.which.target(&session)?;
        let clock = Time::of_machine();
        let application = target.existing()?;
        if application.is_running() {
            host::print(&format!("{} is {} already\n", target.name(), application.status()));
            return Ok(Exit::Clean);
        }
        target.refuse_busy(&clock)?;
        refuse_transition(&target, &application)?;
        let snapshots = target.services().snapshots(target.name()).map_err(|error| failed(&error))?;
        let latest = snapshots.iter().find(|snapshot| snapshot.is_ready());
        let mut input = json!({ "ApplicationName": target.name() });
        if latest.is_some() {
            let restore = json!({ "ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT" });
            input["RunConfiguration"] = json!({ "ApplicationRestoreConfiguration": restore });
        }
        follow(&target, &clock, "StartApplication", input, |application| application.is_running())?;
        let from = latest.map_or_else(|| "without state, as it has no snapshot".to_owned(), from_snapshot);
        host::print(&format!("{} runs {}, {from}\n", target.name(), build_of(&target.existing()?)));
        Ok(Exit::Clean)
    }
}

fn from_snapshot(snapshot: &Snapshot) -> String {
    format!("from its latest snapshot {}", snapshot.name)
}

impl Arguments for Stop {
    fn run(self) -> Outcome {
        let session = self.which.open()?;
        let target = self.which.target(&session)?;
        let clock = Time::of_machine();
        let application = target.existing()?;
        if application.status() == "READY" {
            host::print(&format!("{} stands still already\n", target.name()));
            return Ok(Exit::Clean);
        }
        target.refuse_busy(&clock)?;
        let bare = self.without_snapshot || !application.keeps_snapshots();
        if !self.without_snapshot {
            refuse_transition(&target, &application)?;
        }
        let how = match (self.without_snapshot, application.keeps_snapshots()) {
            (true, _) => "! no snapshot is taken: what it did since its last one is done again, or lost",
            (false, true) => "it takes a snapshot first, from which it starts again",
            (false, false) => "! its snapshots are turned off: what it knows is lost",
        };
        host::tell(&format!("stop of {}\n  {how}", target.title()));
        consent(self.yes, bare, self.allow_danger, &format!("Stop {}?", target.name()))?;
        let mut input = json!({ "ApplicationName": target.name() });
        if self.without_snapshot {
            input["Force"] = true.into();
        }
        follow(&target, &clock, "StopApplication", input, |application| application.status() == "READY")?;
        host::print(&format!("{} stands still; `tidegate start` starts it again\n", target.name()));
        Ok(Exit::Clean)
    }
}

fn build_of(application: &Application) -> String {
    let key = application.code().1;
    digest_in(key).map_or(key, short).to_owned()
}

fn refuse_transition(target: &Target<'_>, application: &Application) -> Result<(), Failure> {
    match application.is_idle() {
        true => Ok(()),
        false => Err(refused(format!(
            "{} is {}: wait for the end of that; `tidegate status` shows it",
            target.name(),
            application.status()
        ))),
    }
}

/// Begins an operation and waits until the application is as it should be.
fn follow(
    target: &Target<'_>,
    clock: &Time,
    operation: &'static str,
    input: Json,
    is_done: impl Fn(&Application) -> bool,
) -> Result<(), Failure> {
    let answer = target.services().flink(operation, input).map_err(|error| failed(&error))?;
    let id = answer["OperationId"].as_str().unwrap_or_default().to_owned();
    let begun = clock.now();
    while clock.now() < begun + LONGEST {
        let application = target.existing()?;
        if application.is_idle() {
            if is_done(&application) {
                host::passing("");
                return Ok(());
            }
            return Err(refused(format!(
                "{} is {} again{}\n  help: read the application's log",
                target.name(),
                application.status(),
                why(target, &id)?
            )));
        }
        host::passing(&format!("{} is {}", target.name(), application.status()));
        clock.pause(PAUSE);
    }
    Err(refused(format!(
        "{} is not done after {}; `tidegate status` shows how it goes on",
        target.name(),
        spoken(LONGEST)
    )))
}

/// `: reason`
fn why(target: &Target<'_>, id: &str) -> Result<String, Failure> {
    if id.is_empty() {
        return Ok(String::new());
    }
    let operation = target.services().operation(target.name(), id).map_err(|error| failed(&error))?;
    let reason = operation["OperationFailureDetails"]["ErrorInfo"]["ErrorString"].as_str();
    Ok(reason.map_or_else(String::new, |reason| format!(": {}", reason.trim_end_matches('.'))))
}
