//! The actions of the machine. Each may be repeated: it looks first, or AWS knows it again by its name or token.

use serde_json::{Value as Json, json};

use super::change_sets::{self, Deleted};
use super::locks::{self, Taken};
use super::run::Releasing;
use super::seen::Application;
use super::{health, looks};
use crate::cloud::CloudError;

/// So many old snapshots are deleted in one release.
const MOST_PRUNED: usize = 50;

/// What an action came to, where its rule makes a difference; `None`: it is done.
pub(super) type Outcome = Option<&'static str>;
type Act = fn(&mut Releasing<'_>) -> Result<Outcome, CloudError>;

pub(super) static ACTIONS: &[(&str, Act)] = &[
    ("take-lock", take_lock),
    ("remember-pointer", remember_pointer),
    ("remember-what-runs", remember_what_runs),
    ("forget-once", |release| Ok(set(release, "once", "spent"))),
    ("take-snapshot", take_snapshot),
    ("write-pointer", |release| write_pointer(release, release.asked.key.clone())),
    ("restore-pointer", restore_pointer),
    ("delete-stale-change-sets", delete_stale_change_sets),
    ("update", update),
    ("start", |release| {
        let (state, allow) = asked_state(release);
        start(release, state, allow)
    }),
    ("open-window", |release| health::open(release).map(|()| None)),
    ("close-window", |release| {
        health::close(release);
        Ok(None)
    }),
    ("restore-latest", restore_latest),
    ("prune-snapshots", prune_snapshots),
    ("roll-back", roll_back),
    ("update-back", update_back),
    ("start-back", |release| {
        release.record.count("rollbacks");
        let state = state_to_go_back_to(release)?;
        start(release, state, false)
    }),
    ("update-stack", update_stack),
    ("note-rolled-back", |release| note(release, "rolled-back")),
    ("note-unhealthy", |release| note(release, "rolled-back-unhealthy")),
    ("note-stuck", |release| note(release, "rollback-stuck")),
    ("note-others", |release| note(release, "left-to-others")),
    ("close", close),
];

pub(super) fn act(release: &mut Releasing<'_>, action: &str) -> Result<Outcome, CloudError> {
    match ACTIONS.iter().find(|(name, _)| *name == action) {
        Some((_, act)) => act(release),
        None => Err(CloudError::refused("do", action, "this version of Tidegate does not know how")),
    }
}

fn set(release: &mut Releasing<'_>, name: &str, value: impl Into<Json>) -> Outcome {
    release.record.set(name, value);
    None
}

fn take_lock(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    Ok(match locks::take(release)? {
        Taken::Ours => None,
        Taken::Held => Some("held"),
    })
}

fn remember_pointer(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    if let Some(pointer) = release.services.parameter(&release.asked.pointer)? {
        release.record.set("pointed", pointer.value);
    }
    Ok(None)
}

fn remember_what_runs(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let Some(application) = release.application()? else { return Ok(None) };
    let (bucket, key) = application.code();
    let previous = json!({
        "bucket": bucket, "key": key, "version": application.version(), "status": application.status(),
    });
    Ok(set(release, "previous", previous))
}

/// Its name says of what it is, so that taking it again finds it. One of an earlier release is too old.
fn take_snapshot(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let version = release.application()?.map(Application::version).unwrap_or_default();
    let started = release.record.number("started");
    let mut name = format!("release-{:.12}-{version}", release.asked.sha256);
    let snapshots = release.services.snapshots(&release.asked.application)?;
    if snapshots.iter().any(|snapshot| snapshot.name == name && snapshot.made < started as f64) {
        name = format!("{name}-{started}");
    }
    release.record.set("snapshot", name.clone());
    if snapshots.iter().any(|snapshot| snapshot.name == name) {
        return Ok(Some("exists"));
    }
    let input = json!({ "ApplicationName": release.asked.application, "SnapshotName": name });
    release.services.flink("CreateApplicationSnapshot", input).map(|_| None)
}

fn write_pointer(release: &mut Releasing<'_>, key: String) -> Result<Outcome, CloudError> {
    let found = release.services.parameter(&release.asked.pointer)?;
    if found.is_none_or(|found| found.value != key) {
        release.services.write_parameter(&release.asked.pointer, &key)?;
    }
    Ok(None)
}

fn restore_pointer(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let before = match release.record.text("pointed") {
        "" => release.record.get("previous")["key"].as_str().unwrap_or_default().to_owned(),
        pointed => pointed.to_owned(),
    };
    if before.is_empty() { Ok(None) } else { write_pointer(release, before) }
}

fn delete_stale_change_sets(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    Ok(match change_sets::delete_stale(release)? {
        Deleted::All => None,
        Deleted::TooMany => Some("too-many"),
        Deleted::AllBut(names) => {
            release.in_the_way = names;
            Some("refused")
        }
    })
}

fn update(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let (bucket, key) = release.target();
    let code = json!({ "BucketARNUpdate": bucket, "FileKeyUpdate": key });
    let (state, allow) = asked_state(release);
    let updated = update_to(release, code, state, allow);
    if updated.as_ref().is_err_and(|error| error.has_code("ConcurrentModificationException")) {
        release.record.count("conflicts");
    }
    updated
}

fn update_back(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    release.record.count("rollbacks");
    let previous = release.record.get("previous");
    let code = json!({ "BucketARNUpdate": previous["bucket"], "FileKeyUpdate": previous["key"] });
    let state = state_to_go_back_to(release)?;
    update_to(release, code, state, false)
}

/// Replaces the code by the token that was read with it; a job that runs restores this state.
fn update_to(
    release: &mut Releasing<'_>,
    code: Json,
    state: Option<String>,
    allow: bool,
) -> Result<Outcome, CloudError> {
    let Some(application) = release.application()? else { return Ok(Some("in-use")) };
    let runs = application.is_running();
    let mut input = json!({
        "ConditionalToken": application.token(),
        "ApplicationConfigurationUpdate": {
            "ApplicationCodeConfigurationUpdate": { "CodeContentUpdate": { "S3ContentLocationUpdate": code } },
        },
    });
    if runs {
        input["RunConfigurationUpdate"] = restoring(release, state.as_deref(), allow)?;
    }
    change(release, "UpdateApplication", input)
}

fn start(release: &mut Releasing<'_>, state: Option<String>, allow: bool) -> Result<Outcome, CloudError> {
    let mut input = json!({});
    if state.is_some() || allow || has_snapshot(release)? {
        input["RunConfiguration"] = restoring(release, state.as_deref(), allow)?;
    } else {
        begin_state(release)?;
        release.record.set("restored", "no snapshot");
    }
    change(release, "StartApplication", input)
}

/// Asks the service to change the application. That it may have been changed is written down before.
fn change(release: &mut Releasing<'_>, operation: &'static str, mut input: Json) -> Result<Outcome, CloudError> {
    let mut before = ["touched", "made_version"].map(|name| release.record.get(name).clone());
    let version = release.application()?.map(Application::version).unwrap_or_default();
    let is_as_before = release.record.get("previous")["version"] == version;
    if is_as_before && version < release.record.number("made_version") {
        // Killed before the service heard of it: nothing has changed since the release began.
        before = Default::default();
    }
    release.record.remove("said");
    release.record.set("touched", true);
    release.record.remove("operation");
    release.record.set("made_version", version + u64::from(operation == "UpdateApplication"));
    release.save()?;
    input["ApplicationName"] = release.asked.application.clone().into();
    let answer = release.services.flink(operation, input).inspect_err(|error| {
        if error.code.is_some() {
            let [touched, made_version] = before;
            release.record.set("touched", touched);
            release.record.set("made_version", made_version);
        }
    })?;
    release.record.set("operation", answer["OperationId"].clone());
    if let Some(version) = answer["ApplicationDetail"]["ApplicationVersionId"].as_u64() {
        release.record.set("made_version", version);
    }
    Ok(None)
}

fn restore_latest(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let input = json!({
        "ApplicationName": release.asked.application,
        "ConditionalToken": release.application()?.map(Application::token),
        "RunConfigurationUpdate": run_configuration("RESTORE_FROM_LATEST_SNAPSHOT", None, false),
    });
    let answer = release.services.flink("UpdateApplication", input)?;
    Ok(set(release, "operation", answer["OperationId"].clone()))
}

/// The service takes one by itself before it changes what runs, if it may.
fn has_snapshot(release: &Releasing<'_>) -> Result<bool, CloudError> {
    if release.application()?.is_some_and(|application| application.is_running() && application.keeps_snapshots()) {
        return Ok(true);
    }
    Ok(release.services.snapshots(&release.asked.application)?.iter().any(super::Snapshot::is_ready))
}

/// A state that is begun now has its maximum from the parallelism of now.
fn begin_state(release: &mut Releasing<'_>) -> Result<(), CloudError> {
    if let Some(parallelism) = release.application()?.and_then(Application::parallelism) {
        release.record.set("began_parallelism", parallelism);
    }
    Ok(())
}

/// The state that is asked for: `fresh` or the name of a snapshot; and whether state without an operator is dropped.
fn asked_state(release: &Releasing<'_>) -> (Option<String>, bool) {
    let once = release.once();
    (once.and_then(|once| once.state.clone()), once.is_some_and(|once| once.allow_non_restored_state))
}

/// The snapshot that the release took, if it is ready.
fn state_to_go_back_to(release: &Releasing<'_>) -> Result<Option<String>, CloudError> {
    let name = release.record.text("snapshot");
    if name.is_empty() {
        return Ok(None);
    }
    let found = release.services.snapshot(&release.asked.application, name)?;
    Ok(found.filter(super::Snapshot::is_ready).map(|snapshot| snapshot.name))
}

/// Restores no state (`fresh`), a snapshot, or the latest one; and remembers which.
fn restoring(release: &mut Releasing<'_>, state: Option<&str>, allow: bool) -> Result<Json, CloudError> {
    let (kind, snapshot, restored) = match state {
        Some("fresh") => {
            begin_state(release)?;
            ("SKIP_RESTORE_FROM_SNAPSHOT", None, "no snapshot".to_owned())
        }
        Some(name) => ("RESTORE_FROM_CUSTOM_SNAPSHOT", Some(name), format!("snapshot {name}")),
        None => {
            let restored = if has_snapshot(release)? { "the latest snapshot" } else { "no snapshot" };
            ("RESTORE_FROM_LATEST_SNAPSHOT", None, restored.to_owned())
        }
    };
    release.record.set("restored", restored);
    Ok(run_configuration(kind, snapshot, allow))
}

pub(super) fn run_configuration(kind: &str, snapshot: Option<&str>, allow_non_restored_state: bool) -> Json {
    let mut restore = json!({ "ApplicationRestoreType": kind });
    if let Some(snapshot) = snapshot {
        restore["SnapshotName"] = snapshot.into();
    }
    json!({
        "ApplicationRestoreConfiguration": restore,
        "FlinkRunConfiguration": { "AllowNonRestoredState": allow_non_restored_state },
    })
}

/// Deletes the snapshots of earlier releases. What AWS does not delete now, the next release does.
fn prune_snapshots(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let snapshots = release.services.snapshots(&release.asked.application)?;
    let kept = usize::try_from(release.asked.keep_snapshots).unwrap_or(usize::MAX);
    let of_releases = snapshots.iter().filter(|snapshot| snapshot.name.starts_with("release-") && snapshot.is_ready());
    for snapshot in
        of_releases.skip(kept).take(MOST_PRUNED).filter(|snapshot| snapshot.name != release.record.text("snapshot"))
    {
        let input = json!({
            "ApplicationName": release.asked.application,
            "SnapshotName": snapshot.name,
            "SnapshotCreationTimestamp": snapshot.made,
        });
        // It costs a little, and the next release tries again.
        let _ = release.services.flink("DeleteApplicationSnapshot", input);
    }
    Ok(None)
}

/// AWS's own rollback: to the version before, with the snapshot that the service took at the update.
fn roll_back(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let version = release.application()?.map(Application::version).unwrap_or_default();
    release.record.set("rolled_back", true);
    release.record.remove("said");
    let input = json!({ "ApplicationName": release.asked.application, "CurrentApplicationVersionId": version });
    let answer = release.services.flink("RollbackApplication", input).inspect_err(|error| {
        if error.has_code("ResourceInUseException") {
            release.record.set("rolled_back", false);
        }
    })?;
    release.record.set("operation", answer["OperationId"].clone());
    Ok(set(release, "restored", "the snapshot that AWS took before the update"))
}

/// With its own template and parameters: CloudFormation reads the pointer again.
fn update_stack(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let Some(stack) = looks::stack(release)? else { return Ok(Some("in-use")) };
    let parameters =
        stack.parameters.iter().map(|parameter| json!({ "ParameterKey": parameter.name, "UsePreviousValue": true }));
    let input = json!({
        "StackName": release.asked.stack,
        "UsePreviousTemplate": true,
        "ClientRequestToken": release.request(),
        "Parameters": parameters.collect::<Vec<_>>(),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    });
    match release.services.call("cloudformation", "UpdateStack", input) {
        Ok(_) => Ok(None),
        Err(error) if error.message.contains("No updates are to be performed") => Ok(None),
        Err(error) if error.code.as_deref().is_some_and(|code| code.starts_with("TokenAlreadyExists")) => Ok(None),
        Err(error) if error.message.contains("_IN_PROGRESS state") => Ok(Some("in-use")),
        Err(error) => Err(error),
    }
}

fn note(release: &mut Releasing<'_>, word: &str) -> Result<Outcome, CloudError> {
    Ok(set(release, "note", word))
}

fn close(release: &mut Releasing<'_>) -> Result<Outcome, CloudError> {
    let succeeded = release.state() == "end";
    if succeeded {
        remember_maximum(release);
    } else {
        let note = last_note(release).unwrap_or_else(|error| error.with_hint());
        let reason = format!("{} {note}", release.record.text("reason"));
        release.record.set("reason", reason.trim());
    }
    release.record.set("outcome", if succeeded { "succeeded" } else { "failed" });
    release.record.set("ended", release.clock.now());
    release.save()?;
    if release.holds_lock() {
        locks::give_back(release)?;
    }
    Ok(None)
}

/// A maximum that the job sets is part of the state, from the first build on that runs with it.
fn remember_maximum(release: &mut Releasing<'_>) {
    match release.asked.maximum_parallelism {
        Some(maximum) => release.record.set("began_maximum", maximum),
        None if release.record.text("restored") == "no snapshot" => release.record.remove("began_maximum"),
        None => {}
    }
}

/// What became of the application, after the reason of a failure.
fn last_note(release: &Releasing<'_>) -> Result<String, CloudError> {
    let noted = release.record.text("note");
    if !noted.is_empty() {
        return Ok(release.fill(noted));
    }
    let pointer = release.seen.pointer(release.services, &release.asked)?;
    if release.record.is("pointed") && pointer.is_some_and(|pointer| pointer.value == release.asked.key) {
        return Ok(release.fill("pointer-left"));
    }
    if release.application()?.is_none() {
        return Ok(String::new());
    }
    let left = release.record.is("touched") && !looks::holds(release, "previous-live")?;
    let word = match () {
        () if looks::nothing_before(release) => "nothing-before",
        () if left => "left-running",
        () => "not-touched",
    };
    Ok(release.fill(word))
}
