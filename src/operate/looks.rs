//! The predicates of the machine: each looks at what is there.

use serde_json::Value as Json;

use super::health;
use super::run::Releasing;
use crate::cloud::{CloudError, StackState};
use crate::facts::flink::{Runtime, derived_maximum_parallelism};
use crate::release::Machine;

type Look = fn(&Releasing<'_>) -> Result<bool, CloudError>;

/// In these a stack can be updated.
const STACK_IDLE: [&str; 4] = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"];
/// In these an application can be rolled back. Managed Flink API reference, RollbackApplication. Read 2026-11-21.
const CAN_ROLL_BACK: [&str; 3] = ["AUTOSCALING", "RUNNING", "UPDATING"];
const LATEST: &str = "RESTORE_FROM_LATEST_SNAPSHOT";

pub(super) static PREDICATES: &[(&str, Look)] = &[
    ("key-without-digest", |release| Ok(!release.asked.key.contains(&release.asked.sha256))),
    ("build-missing", build_missing),
    ("build-of-another-digest", |release| Ok(stored(release)? != release.asked.sha256)),
    ("pointer-missing", |release| Ok(release.seen.pointer(release.services, &release.asked)?.is_none())),
    ("quiet", |release| Ok(release.is_quiet().is_some())),
    ("gone", |release| Ok(release.application()?.is_none())),
    ("being-deleted", |release| Ok(status(release)? == "DELETING")),
    ("busy", |release| Ok(release.application()?.is_some_and(|application| !application.is_idle()))),
    ("busy-too-long", busy_too_long),
    ("running", |release| Ok(release.application()?.is_some_and(super::seen::Application::is_running))),
    ("target-live", |release| is_live(release, &release.target())),
    ("previous-live", previous_live),
    ("once-is-spent", once_is_spent),
    ("fresh", |release| Ok(is_fresh(release))),
    ("java-too-new", java_too_new),
    ("another-major-runtime", another_major_runtime),
    ("maximum-parallelism-changed", |release| Ok(maximum_parallelism_changed(release))),
    ("parallelism-above-maximum", parallelism_above_maximum),
    ("snapshots-off", |release| Ok(release.application()?.is_some_and(|application| !application.keeps_snapshots()))),
    ("snapshot-not-there", snapshot_not_there),
    ("snapshot-ready", |release| Ok(snapshot_status(release)? == "READY")),
    ("snapshot-failed", |release| Ok(["FAILED", ""].contains(&snapshot_status(release)?))),
    ("stack-missing", |release| Ok(stack(release)?.is_none())),
    ("stack-busy", |release| Ok(stack(release)?.is_some_and(StackState::in_progress))),
    ("stack-idle", |release| Ok(stack(release)?.is_some_and(is_idle))),
    ("stack-broken", |release| Ok(!stack(release)?.is_some_and(is_idle))),
    ("stack-without-role", |release| Ok(stack(release)?.is_some_and(|stack| stack.role.is_none()))),
    ("operation-running", |release| Ok(operation_status(release)? == "IN_PROGRESS")),
    ("operation-failed", |release| Ok(["FAILED", "CANCELLED"].contains(&operation_status(release)?))),
    ("too-many-conflicts", |release| Ok(release.record.number("conflicts") >= Machine::get().limit("conflicts"))),
    ("too-many-rollbacks", |release| Ok(release.record.number("rollbacks") >= Machine::get().limit("rollbacks"))),
    ("leave", |release| Ok(release.asked.leave)),
    ("nothing-before", |release| Ok(nothing_before(release))),
    // A deployment of the stack may have brought the build itself, once the pointer named it.
    ("untouched", |release| Ok(!release.record.is("touched") && !is_live(release, &release.target())?)),
    ("stood-before", |release| Ok(release.record.get("previous")["status"] == "READY")),
    ("can-roll-back", can_roll_back),
    ("once-left-behind", once_left_behind),
    ("window-open", |release| Ok(health::is_open(release))),
    ("unhealthy", |release| Ok(!health::unhealthy(release)?.is_empty())),
    ("evidence-missing", |release| Ok(!health::is_open(release) && !health::missing(release)?.is_empty())),
    ("grace", |release| Ok(health::is_graceful(release))),
];

pub(super) fn holds(release: &Releasing<'_>, predicate: &str) -> Result<bool, CloudError> {
    match PREDICATES.iter().find(|(name, _)| *name == predicate) {
        Some((_, look)) => look(release),
        None => Err(CloudError::refused("find out", predicate, "this version of Tidegate does not know how")),
    }
}

fn metadata<'a>(release: &'a Releasing<'_>) -> Result<Option<&'a Json>, CloudError> {
    release.seen.metadata(release.services, &release.asked)
}

/// An application loads its code from a bucket of its own Region: a build that is only in another one is brought there.
fn build_missing(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let (asked, services) = (&release.asked, release.services);
    let elsewhere = asked.from.as_ref().filter(|from| **from != asked.bucket);
    if let Some(from) =
        elsewhere.filter(|_| services.metadata(&asked.bucket, &asked.key).is_ok_and(|found| found.is_none()))
    {
        let source = format!("{from}/{}", asked.key);
        let input = serde_json::json!({ "Bucket": asked.bucket, "Key": asked.key, "CopySource": source });
        match services.call("s3", "CopyObject", input) {
            Err(error) if !["NoSuchKey", "404"].iter().any(|code| error.has_code(code)) => return Err(error),
            _ => {}
        }
    }
    Ok(metadata(release)?.is_none())
}

/// The digest that the build was uploaded with.
pub(super) fn stored<'a>(release: &'a Releasing<'_>) -> Result<&'a str, CloudError> {
    Ok(metadata(release)?.and_then(|metadata| metadata["sha256"].as_str()).unwrap_or_default())
}

pub(super) fn status<'a>(release: &'a Releasing<'_>) -> Result<&'a str, CloudError> {
    Ok(release.application()?.map(super::seen::Application::status).unwrap_or_default())
}

pub(super) fn stack<'a>(release: &'a Releasing<'_>) -> Result<Option<&'a StackState>, CloudError> {
    release.seen.stack(release.services, &release.asked)
}

fn is_idle(stack: &StackState) -> bool {
    STACK_IDLE.contains(&stack.status.as_str())
}

fn busy_too_long(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let now = release.clock.now();
    let since = release.record.get("busy_since").as_u64().unwrap_or(now);
    Ok(now.saturating_sub(since) > 60 * release.asked.busy_minutes)
}

fn is_live(release: &Releasing<'_>, (bucket, key): &(String, &str)) -> Result<bool, CloudError> {
    Ok(release.application()?.is_some_and(|application| application.code() == (bucket.as_str(), *key)))
}

fn previous_live(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let previous = release.record.get("previous");
    let code = (previous["bucket"].as_str().unwrap_or_default(), previous["key"].as_str().unwrap_or_default());
    Ok(previous.is_object() && release.application()?.is_some_and(|application| application.code() == code))
}

fn once_is_spent(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let Some(replacing) = release.once().and_then(|once| once.replacing.as_deref()) else { return Ok(false) };
    let key = release.record.get("previous")["key"].as_str().unwrap_or_default();
    Ok(super::digest_in(key).is_none_or(|digest| !digest.starts_with(replacing)))
}

pub(super) fn is_fresh(release: &Releasing<'_>) -> bool {
    release.once().is_some_and(|once| once.state.as_deref() == Some("fresh"))
}

/// The snapshot that is asked for by its name.
pub(super) fn named_snapshot<'a>(release: &'a Releasing<'_>) -> Option<&'a str> {
    release.once()?.state.as_deref().filter(|state| *state != "fresh")
}

pub(super) fn runtime(release: &Releasing<'_>) -> Result<Option<Runtime>, CloudError> {
    Ok(release.application()?.and_then(|application| Runtime::get(application.runtime())))
}

fn java_too_new(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let runs = runtime(release)?.and_then(Runtime::java);
    Ok(release.asked.java.zip(runs).is_some_and(|(build, runs)| build > runs))
}

fn another_major_runtime(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let major = |runtime: Runtime| runtime.flink().map(|(major, _)| major);
    let asked = release.asked.runtime.as_deref().and_then(Runtime::get).and_then(major);
    let live = runtime(release)?.and_then(major);
    Ok(asked.zip(live).is_some_and(|(asked, live)| asked != live))
}

fn parallelism_above_maximum(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let live = release.application()?.and_then(super::seen::Application::parallelism);
    Ok(live.zip(maximum_parallelism(release)).is_some_and(|(live, most)| live > most))
}

fn maximum_parallelism_changed(release: &Releasing<'_>) -> bool {
    let began = release.record.get("began_maximum").as_u64();
    began.zip(release.asked.maximum_parallelism).is_some_and(|(began, asked)| began != asked)
}

/// What the job sets; else what its state was begun with. `None` when that is not known.
pub(super) fn maximum_parallelism(release: &Releasing<'_>) -> Option<u64> {
    let began = |name: &str| release.record.get(name).as_u64();
    let known = release.asked.maximum_parallelism.or_else(|| began("began_maximum"));
    known.or_else(|| began("began_parallelism").map(derived_maximum_parallelism))
}

fn snapshot_not_there(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let Some(name) = named_snapshot(release) else { return Ok(false) };
    let found = release.services.snapshot(&release.asked.application, name)?;
    Ok(!found.is_some_and(|snapshot| snapshot.is_ready()))
}

/// Of the snapshot that the release takes; empty without it.
fn snapshot_status<'a>(release: &'a Releasing<'_>) -> Result<&'a str, CloudError> {
    let found = release.seen.snapshot(release.services, &release.asked, release.record.text("snapshot"))?;
    Ok(found.map(|snapshot| snapshot.status.as_str()).unwrap_or_default())
}

pub(super) fn operation<'a>(release: &'a Releasing<'_>) -> Result<&'a Json, CloudError> {
    let is_newest = release.record.is("touched");
    release.seen.operation(release.services, &release.asked, release.record.text("operation"), is_newest)
}

pub(super) fn operation_status<'a>(release: &'a Releasing<'_>) -> Result<&'a str, CloudError> {
    Ok(operation(release)?["OperationStatus"].as_str().unwrap_or_default())
}

/// No application was there when the release began, or it ran this build already.
pub(super) fn nothing_before(release: &Releasing<'_>) -> bool {
    let previous = release.record.get("previous");
    let (bucket, key) = release.target();
    release.record.is("pointed") || previous["bucket"] == bucket.as_str() && previous["key"] == key
}

fn can_roll_back(release: &Releasing<'_>) -> Result<bool, CloudError> {
    let Some(application) = release.application()? else { return Ok(false) };
    let made = release.record.get("made_version").as_u64();
    Ok(application.keeps_snapshots()
        && CAN_ROLL_BACK.contains(&application.status())
        && made == Some(application.version())
        && !release.record.is("rolled_back"))
}

fn once_left_behind(release: &Releasing<'_>) -> Result<bool, CloudError> {
    Ok(release.application()?.is_some_and(|application| {
        application.allows_non_restored_state() || application.restore_type().is_some_and(|kind| kind != LATEST)
    }))
}
