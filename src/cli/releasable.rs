//! What the commands about releases have in common: which thing in which place, the time, and what is told meanwhile.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};

use super::account::{AccountArguments, Place, Session, failed};
use super::plan::refused;
use super::{Exit, Failure, neighbours};
use crate::cloud::{Caller, CloudError, Lock, verify_account};
use crate::diagnostic::list;
use crate::host;
use crate::model::Contract;
use crate::operate::{Application, Asked, Clock, News, Object, Record, Services, digest_in, with_short_digests};
use crate::release::Machine;

/// Which thing, and where.
#[derive(Args)]
pub(super) struct Which {
    /// The thing, e.g. `flink.taxi` or `taxi`, and the environment; each can be left out where there is only one.
    #[arg(value_name = "THING|PLACE", num_args = 0..=2)]
    words: Vec<String>,
    #[command(flatten)]
    pub(super) account: AccountArguments,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Shown {
    /// For people.
    #[default]
    Text,
    /// One object, for machines.
    Json,
}

/// A thing that is released, in a place.
pub(super) struct Target<'a> {
    /// `flink.taxi`
    pub(super) thing: String,
    pub(super) contract: Contract,
    pub(super) place: Place<'a>,
}

/// A thing that is released, in an environment, without the way there.
pub(super) struct Releasable {
    pub(super) thing: String,
    pub(super) environment: String,
    pub(super) contract: Contract,
}

/// Everything of a document that is released.
pub(super) fn all(session: &Session) -> Vec<Releasable> {
    let Some(model) = &session.build.model else { return Vec::new() };
    let mut found = Vec::new();
    for entry in &model.entries {
        let Some(thing) = &entry.thing else { continue };
        for (environment, _) in &model.environments {
            if let Some(contract) = thing.contract(entry, model, &environment.value) {
                found.push(Releasable { thing: entry.path(), environment: environment.value.clone(), contract });
            }
        }
    }
    found
}

impl Which {
    pub(super) fn open(&self) -> Result<Session, Failure> {
        self.account.open()
    }

    /// The one thing in the one place that is meant.
    pub(super) fn target<'a>(&self, session: &'a Session) -> Result<Target<'a>, Failure> {
        let all = all(session);
        if let Some(failure) = self.words.iter().find_map(|word| of_a_pipeline(session, word)) {
            return Err(failure);
        }
        if all.is_empty() {
            return Err(Failure::usage(format!(
                "nothing in {} is released: an application of Managed Flink whose `code` is a build is, e.g. `flink: {{taxi: \
                 {{runtime: flink-1.20, code: builds.taxi-jar}}}}`",
                session.project.input.file.path()
            )));
        }
        let named = |one: &Releasable, word: &str| one.thing == word || one.thing.ends_with(&format!(".{word}"));
        for word in &self.words {
            if !all.iter().any(|one| named(one, word) || one.environment == *word) {
                let things = list(unique(all.iter().map(|one| one.thing.as_str())));
                let places = list(unique(all.iter().map(|one| one.environment.as_str())));
                return Err(Failure::usage(format!(
                    "`{word}` is neither a thing that is released ({things}) nor an environment ({places})"
                )));
            }
        }
        let fits = |one: &&Releasable| self.words.iter().all(|word| named(one, word) || one.environment == *word);
        let mut fitting = all.iter().filter(fits);
        let (first, second) = (fitting.next(), fitting.next());
        let Some(one) = first.filter(|_| second.is_none()) else {
            let examples = all.iter().filter(fits).map(|one| format!("{} {}", one.thing, one.environment));
            let examples: Vec<_> = examples.collect();
            return Err(Failure::usage(match examples.is_empty() {
                true => "a thing and an environment are named, at most one of each".to_owned(),
                false => format!("there are several: name one of {}", list(examples.iter().map(String::as_str))),
            }));
        };
        let place = place_of(session, one)?;
        verify_account(&place.account, &place.deployment.account).map_err(|error| failed(&error))?;
        Ok(Target { thing: one.thing.clone(), contract: one.contract.clone(), place })
    }
}

/// Says how a thing is released whose releases only pipelines make, if `word` names one.
fn of_a_pipeline(session: &Session, word: &str) -> Option<Failure> {
    let mut things = neighbours::all(session).into_iter();
    let (thing, _, shown) = things.find(|(thing, ..)| thing == word || thing.ends_with(&format!(".{word}")))?;
    let what = shown.what;
    Some(Failure::usage(match shown.pipelines.as_slice() {
        [] => format!(
            "`{thing}` is released by pipelines, and none of this document does it\n  help: give one of its pipelines a step for \
             this {what}; `tidegate status` shows what runs"
        ),
        [pipeline, ..] => format!(
            "`{thing}` is released by the pipeline {pipeline}: only an application of Managed Flink is released from here\n  \
             help: `aws codepipeline start-pipeline-execution --name {pipeline}` releases the newest commit; with \
             `--source-revisions actionName=<repository>,revisionType=COMMIT_ID,revisionValue=<commit>` an older one, which \
             is the way back; `tidegate status` shows the commit that runs"
        ),
    }))
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The stack of a thing; where life cycles have stacks of their own, any of the environment, as it is in the same account.
fn place_of<'a>(session: &'a Session, one: &Releasable) -> Result<Place<'a>, Failure> {
    let stack = one.contract.asked["stack"].as_str().unwrap_or_default();
    let all = session.deployments();
    let found = all.iter().find(|(_, deployment)| deployment.stack_name == stack);
    let found = found.or_else(|| all.iter().find(|(_, deployment)| deployment.environment == one.environment));
    let Some((stack, deployment)) = found else {
        return Err(Failure::usage(format!("there is no stack of `{}` in this document", one.environment)));
    };
    let account = session.connect(deployment).map_err(|error| failed(&error))?;
    Ok(Place { stack, deployment, account })
}

impl Target<'_> {
    pub(super) fn services(&self) -> Services<'_> {
        Services { cloud: &self.place.account }
    }

    pub(super) fn asked(&self, name: &str) -> &str {
        self.contract.asked[name].as_str().unwrap_or_default()
    }

    /// The application's name in Managed Flink.
    pub(super) fn name(&self) -> &str {
        self.asked("application")
    }

    /// `flink.taxi in prod: trips-prod-taxi (account 111122223333, eu-west-1)`
    pub(super) fn title(&self) -> String {
        let deployment = self.place.deployment;
        format!(
            "{} in {}: application {} (account {}, {})",
            self.thing,
            deployment.environment,
            self.name(),
            deployment.account,
            deployment.region
        )
    }

    pub(super) fn application(&self) -> Result<Option<Application>, Failure> {
        let found = self.services().application(self.name()).map_err(|error| failed(&error))?;
        Ok(found.map(Application::new))
    }

    /// The application, which must be there.
    pub(super) fn existing(&self) -> Result<Application, Failure> {
        let place = &self.place.deployment.environment;
        self.application()?.ok_or_else(|| {
            refused(format!(
                "there is no application {} yet: its first release creates it\n  help: `tidegate release {} {place}`, once its \
                 build is published and the stack {} is deployed",
                self.name(), self.thing, self.asked("stack")
            ))
        })
    }

    pub(super) fn record(&self) -> Result<Option<Record>, Failure> {
        let name = format!("{}-record", self.asked("pointer"));
        let found = self.services().parameter(&name).map_err(|error| failed(&error))?;
        Ok(found.and_then(|found| Record::read(&found.value)))
    }

    pub(super) fn caller(&self) -> Result<Caller, Failure> {
        use crate::cloud::Look;
        self.place.account.caller().map_err(|error| failed(&error))
    }

    /// The published builds, the newest first, each with its digest.
    pub(super) fn builds(&self) -> Result<Vec<(Object, String)>, Failure> {
        let build = self.contract.build.strip_prefix("builds.").unwrap_or(&self.contract.build);
        let prefix = format!("builds/{build}/");
        let buckets = [self.asked("from"), self.asked("bucket")];
        let mut found: Vec<(Object, String)> = Vec::new();
        for bucket in buckets.iter().filter(|bucket| !bucket.is_empty()) {
            let objects = match self.services().objects(bucket, &prefix) {
                Err(error) if error.has_code("NoSuchBucket") => Vec::new(),
                objects => objects.map_err(|error| failed(&error))?,
            };
            for object in objects {
                let digest = digest_in(&object.key).map(str::to_owned);
                if let Some(digest) = digest.filter(|digest| found.iter().all(|(_, known)| known != digest)) {
                    found.push((object, digest));
                }
            }
        }
        found.sort_by(|(one, _), (other, _)| other.modified.total_cmp(&one.modified));
        Ok(found)
    }

    /// The commit that a build was made of, if that was written beside it.
    pub(super) fn commit(&self, key: &str) -> Option<String> {
        let metadata = self.services().metadata(self.asked("bucket"), key).ok().flatten()?;
        metadata["commit"].as_str().filter(|commit| !commit.is_empty()).map(str::to_owned)
    }

    /// What a release of this build is asked to do.
    pub(super) fn asked_of(&self, key: &str, digest: &str) -> serde_json::Value {
        let mut asked = self.contract.asked.clone();
        asked["key"] = key.into();
        asked["sha256"] = digest.into();
        asked
    }

    /// Refuses while somebody releases.
    pub(super) fn refuse_busy(&self, clock: &Time) -> Result<(), Failure> {
        let found = self.services().parameter(&Lock::parameter(self.name())).map_err(|error| failed(&error))?;
        let Some(found) = found else { return Ok(()) };
        let lock = Lock::read(self.name(), &found.value);
        let json: serde_json::Value = serde_json::from_str(&found.value).unwrap_or_default();
        let seen = json["seen"].as_u64().unwrap_or_default();
        if clock.now() > seen + 60 * Machine::get().limit("lock-minutes") {
            return Ok(());
        }
        Err(refused(format!(
            "{} is at it since {} ({}): wait for the end of that; `tidegate status` shows it",
            lock.holder, lock.since, lock.purpose
        )))
    }
}

pub(super) fn read_asked(json: &serde_json::Value) -> Result<Asked, Failure> {
    Asked::read(json).map_err(|message| Failure { message, exit: Exit::Environment })
}

/// Keeps two processes on this machine from working on the same application from the same folder.
pub(super) fn alone(session: &Session, application: &str) -> Result<host::Lines, Failure> {
    let folder = super::applying::folder_of(session.project.input.file.path());
    let lines = host::Lines::open(&folder, &format!("release-{application}")).map_err(Failure::environment)?;
    lines.ok_or_else(|| {
        refused(format!(
            "another process on this machine is at work on {application} from this folder: wait for its end"
        ))
    })
}

/// Asks, unless that was answered already. What is dangerous needs a word of its own.
pub(super) fn consent(yes: bool, dangerous: bool, allow_danger: bool, question: &str) -> Result<(), Failure> {
    if dangerous && !allow_danger {
        return Err(refused(
            "what is marked with `!` is dangerous: read it, and run the command again with --allow-danger",
        ));
    }
    if yes {
        return Ok(());
    }
    if !host::is_interactive() {
        return Err(Failure::usage("nobody can be asked here; say --yes to do what is shown"));
    }
    match dialoguer::Confirm::new().with_prompt(question).default(false).interact() {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("nothing was changed")),
        Err(error) => Err(Failure::environment(format!("cannot ask: {error}"))),
    }
}

/// The clock of the machine. Tests let it run faster: `TIDEGATE_CLOCK=START*FACTOR`, by which from START (seconds since
/// 1970) on so many seconds pass in each.
pub(super) struct Time {
    start: u64,
    factor: u64,
    interrupted: Option<Arc<AtomicBool>>,
}

impl Time {
    pub(super) fn of_machine() -> Self {
        let told = host::variable("TIDEGATE_CLOCK");
        let told = told.as_deref().and_then(|told| told.split_once('*'));
        let told = told.and_then(|(start, factor)| Some((start.parse().ok()?, factor.parse().ok()?)));
        let (start, factor) = told.unwrap_or((0, 1));
        Self { start, factor, interrupted: None }
    }

    /// From now on Ctrl-C ends a pause, and not the program; pressed again, it does.
    pub(super) fn heed_interruptions(&mut self) {
        self.interrupted = host::heed_interruptions();
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl Clock for Time {
    fn now(&self) -> u64 {
        let start = self.start * 1000;
        (start + host::milliseconds().saturating_sub(start) * self.factor) / 1000
    }

    fn written(&self, seconds: u64) -> String {
        host::written(seconds)
    }

    fn read(&self, time: &str) -> Option<u64> {
        host::seconds_of(time)
    }

    fn pause(&self, seconds: u64) -> bool {
        const SLICE: u64 = 100;
        let mut left = (seconds * 1000 / self.factor.max(1)).max(50);
        while left > 0 && !self.is_interrupted() {
            host::pause_milliseconds(left.min(SLICE));
            left = left.saturating_sub(SLICE);
        }
        !self.is_interrupted()
    }
}

/// `2026-11-21 17:14 UTC`
pub(super) fn minute(seconds: f64) -> String {
    let text = host::written(seconds as u64);
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

/// The news of a release: on a terminal a line that the next one replaces, elsewhere a line for each change.
#[derive(Default)]
pub(super) struct Told {
    last: RefCell<String>,
}

impl Told {
    pub(super) fn tell(&self, news: &News) {
        match news {
            News::GoesOn { by, since } => host::tell(&format!(
                "a release of this build was begun at {} by {by} and has not ended: it goes on",
                minute(*since as f64)
            )),
            News::Entered { state, says } => {
                self.last.borrow_mut().clear();
                host::passing("");
                host::tell(&format!("{state}: {says}"));
            }
            News::Waits { state, reason } => {
                if host::passing(&format!("{state}: {reason}")) {
                    return;
                }
                // Figures that grow are no change.
                let still = reason.split(": watched for").next().unwrap_or(reason).to_owned();
                if self.last.replace(still.clone()) != still {
                    host::tell(&format!("  {reason}"));
                }
            }
            News::TakesBack { reason } => {
                host::passing("");
                host::tell(&format!("  failed: {}", with_short_digests(reason)));
            }
        }
    }
}

/// A failure that names the missing right where there is one.
pub(super) fn denied(error: &CloudError, command: &str) -> Failure {
    let mut failure = failed(error);
    if error.is_denied() {
        failure
            .message
            .push_str(&format!("\n  help: `tidegate permissions {command}` prints the policy for these commands"));
    }
    failure
}
