//! What `tidegate status` says of the things that are released: what runs, how it is, and its last release.

use serde_json::{Value as Json, json};

use super::Failure;
use super::account::{Place, Session, failed};
use super::applying::age;
use super::releasable::{Target, Time, all, minute};
use crate::cloud::Lock;
use crate::operate::{Clock, Record, Running, counted, digest_in, running, short, with_short_digests};

/// One thing in the place of a stack.
pub(super) struct Sight {
    thing: String,
    application: String,
    running: Option<Running>,
    commit: Option<String>,
    record: Option<Record>,
    /// Who is at it.
    holder: Option<Lock>,
    needs_checkpoints: bool,
    /// The command that goes back, but for the build.
    rollback: String,
}

/// What is released in the stack of a place.
pub(super) fn look<'a>(session: &Session, place: Place<'a>) -> Result<(Vec<Sight>, Place<'a>), Failure> {
    let clock = Time::of_machine();
    let stack = place.deployment.stack_name.clone();
    let mut sights = Vec::new();
    let mut place = place;
    for one in all(session).into_iter().filter(|one| one.contract.asked["stack"] == stack.as_str()) {
        let needs_checkpoints = one.contract.asked["health"]["checkpoints"] != 0;
        let rollback = format!("tidegate rollback {} {}", one.thing, one.environment);
        let target = Target { thing: one.thing, contract: one.contract, place };
        let name = target.name().to_owned();
        let running = running(target.services(), &clock, &name).map_err(|error| failed(&error))?;
        let commit = running.as_ref().and_then(|running| target.commit(&running.key));
        let record = target.record()?;
        let holder = target.services().parameter(&Lock::parameter(&name)).map_err(|error| failed(&error))?;
        let holder = holder.map(|found| Lock::read(&name, &found.value));
        let thing = target.thing;
        sights.push(Sight { thing, application: name, running, commit, record, holder, needs_checkpoints, rollback });
        place = target.place;
    }
    Ok((sights, place))
}

impl Sight {
    pub(super) fn json(&self) -> Json {
        json!({
            "thing": self.thing,
            "application": self.application,
            "running": self.running.as_ref().map(Running::json),
            "well": self.running.as_ref().and_then(|running| running.is_well(self.needs_checkpoints)),
            "commit": self.commit,
            "release": super::release::as_json(self.record.as_ref()),
            "held-by": self.holder.as_ref().map(|lock| lock.holder.clone()),
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.running {
            None => lines.push(format!(
                "  {}: no application {} yet; its first release creates it",
                self.thing, self.application
            )),
            Some(running) => {
                let digest = running.digest.as_deref().map_or(running.key.as_str(), short);
                let commit = self.commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit:.12}"));
                let Running { version, status, runtime, .. } = running;
                lines.push(format!("  {}: {status}, version {version}, build {digest}{commit}, {runtime}", self.thing));
                let verdict = match running.is_well(self.needs_checkpoints) {
                    Some(true) => "good",
                    Some(false) => "bad",
                    None => "not known",
                };
                lines.push(format!("    health: {verdict}: {}", health(running)));
            }
        }
        let release = self.record.as_ref().map(release).unwrap_or_default();
        lines.extend(release.iter().map(|line| format!("    {line}")));
        lines.extend(self.back());
        if let (Some(lock), None) = (&self.holder, &self.open_release()) {
            lines.push(format!("    {} is at it since {} ({})", lock.holder, lock.since, lock.purpose));
        }
        lines
    }

    /// How to go back, while what the last release left there runs.
    fn back(&self) -> Option<String> {
        let record = self.record.as_ref()?;
        let runs = &self.running.as_ref()?.key;
        // Nothing ran before a first release: it has no such key.
        let before = record.get("previous")["key"].as_str()?;
        match record.text("outcome") {
            "succeeded" if before != runs && record.text("key") == runs => {
                let before = short(digest_in(before)?);
                Some(format!("    before it: {before}; to go back: `{}`", self.rollback))
            }
            "failed" => Some(format!("    to go back further: `{}`", self.rollback)),
            _ => None,
        }
    }

    fn open_release(&self) -> Option<&Record> {
        self.record.as_ref().filter(|record| !record.has_ended())
    }
}

fn health(running: &Running) -> String {
    if let Some(reason) = &running.unread {
        return reason.clone();
    }
    if running.status != "RUNNING" {
        return format!("the application is {}", running.status);
    }
    let mut parts = Vec::new();
    parts.push(match (running.restarts, running.restarts_lately) {
        (None, _) => "restarts not known".to_owned(),
        (Some(0.0), _) => "no restart since its start".to_owned(),
        (Some(all), lately) => {
            let lately = lately.unwrap_or_default();
            format!("{} since its start, {lately} in the last 30 minutes", counted(all, "restart"))
        }
    });
    parts.push(match &running.checkpoint {
        Some(last) => format!("last checkpoint {} ago in {} ms", age(last.age), last.milliseconds),
        None => "no checkpoint in the last 30 minutes".to_owned(),
    });
    parts.extend(running.lag.map(|lag| format!("{lag} s behind its sources")));
    parts.extend(running.parallelism.map(|parallelism| format!("parallelism {parallelism}")));
    parts.join(", ")
}

/// The last release, or the one that is under way.
pub(super) fn release(record: &Record) -> Vec<String> {
    let (digest, by) = (short(record.text("sha256")), record.text("by"));
    if !record.has_ended() {
        let now = Time::of_machine().now();
        let since = age(now.saturating_sub(record.state_since()));
        let state = format!("releasing {digest} by {by}: in the state `{}` for {since}", record.text("state"));
        return [state].into_iter().chain(indented(record.text("last"))).collect();
    }
    let ended = minute(record.number("ended") as f64);
    let outcome = record.text("outcome");
    let told = if outcome == "succeeded" { record.text("evidence") } else { record.text("reason") };
    let release = format!("last release: {digest} {outcome} at {ended} by {by}:");
    [release].into_iter().chain(indented(told)).collect()
}

/// What is told below a line.
fn indented(told: &str) -> Option<String> {
    (!told.is_empty()).then(|| format!("  {}", with_short_digests(told)))
}
