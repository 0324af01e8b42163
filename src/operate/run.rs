//! From state to state, until the release has ended.

use super::acts;
use super::asked::{Asked, Once};
use super::locks::{self, Taken};
use super::record::Record;
use super::seen::{Application, Seen};
use super::services::Services;
use super::{Clock, health, looks, words};
use crate::cloud::{Cloud, CloudError};
use crate::release::{Branch, Machine, Rule, State};

/// Between two looks at what is waited for, in seconds.
const PAUSE: u64 = 5;
/// So often in a row AWS may not answer.
const MOST_SILENCES: u64 = 60;

/// Who releases.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// One release has one, also when it is interrupted and goes on.
    pub id: String,
    /// An ARN.
    pub by: String,
    /// The name of the machine, and the number of the process there.
    pub machine: String,
}

/// What is told while a release goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// An earlier run of the same release goes on: by whom, and since when.
    GoesOn { by: String, since: u64 },
    /// A state was entered: its name, and what happens there.
    Entered { state: String, says: String },
    /// What is waited for.
    Waits { state: String, reason: String },
    /// What is taken back, and why.
    TakesBack { reason: String },
}

/// How a release ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    pub succeeded: bool,
    /// Why it failed and what was done about it; empty after a success.
    pub message: String,
    pub record: Record,
}

/// Whether a build can take over the state of what runs, as far as that is known before Flink restores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    TakesOver,
    /// It begins without, as `once` says.
    Fresh,
    /// The release would be refused, and why.
    Refused(String),
}

/// A release that could not go on, and has not ended: it goes on when it is begun again.
#[derive(Clone, Debug)]
pub struct Stop {
    pub error: Box<CloudError>,
    /// The state that it is in.
    pub state: String,
}

/// A release on its way.
pub struct Releasing<'a> {
    pub(super) services: Services<'a>,
    pub(super) clock: &'a dyn Clock,
    pub(super) asked: Asked,
    /// Of the Region of the application: `aws`, `aws-cn` …
    pub(super) partition: &'static str,
    pub(super) who: Who,
    pub(super) record: Record,
    pub(super) seen: Seen,
    /// Who holds the lock, and since when.
    pub(super) holder: (String, String),
    /// Change sets that could not be deleted.
    pub(super) in_the_way: Vec<String>,
    ignores_quiet: bool,
    holds_lock: bool,
    /// A release that somebody began goes on.
    goes_on: bool,
    /// When this run of it began.
    begun: u64,
    tell: &'a mut dyn FnMut(&News),
}

impl<'a> Releasing<'a> {
    /// A release of what is asked; one of the same build that was interrupted goes on.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn begin(
        cloud: &'a dyn Cloud,
        clock: &'a dyn Clock,
        asked: Asked,
        region: &str,
        who: Who,
        tell: &'a mut dyn FnMut(&News),
    ) -> Result<Self, CloudError> {
        let services = Services { cloud };
        let earlier = services.parameter(&asked.record())?.and_then(|parameter| Record::read(&parameter.value));
        let mut releasing = Self {
            services,
            clock,
            asked,
            partition: crate::facts::partition(region),
            who,
            record: Record::default(),
            seen: Seen::default(),
            holder: Default::default(),
            in_the_way: Vec::new(),
            ignores_quiet: false,
            holds_lock: false,
            goes_on: false,
            begun: clock.now(),
            tell,
        };
        releasing.take_over(earlier);
        Ok(releasing)
    }

    /// Also begins in a quiet time.
    pub fn ignore_quiet(mut self, ignores: bool) -> Self {
        self.ignores_quiet = ignores;
        self
    }

    /// A release of the same build that has not ended goes on; one of these very people on this machine at once, as nobody
    /// else can be at it.
    fn take_over(&mut self, earlier: Option<Record>) {
        let Asked { application, key, sha256, .. } = &self.asked;
        let is_this = |earlier: &Record| {
            !earlier.has_ended() && earlier.text("application") == application && earlier.text("sha256") == sha256
        };
        if let Some(earlier) = earlier.as_ref().filter(|earlier| is_this(earlier)) {
            self.goes_on = true;
            self.holds_lock = earlier.text("id") == self.who.id;
            let (by, since) = (earlier.text("by").to_owned(), earlier.number("started"));
            self.record = earlier.clone();
            self.record.set("id", self.who.id.clone());
            self.record.set("by", self.who.by.clone());
            (self.tell)(&News::GoesOn { by, since });
            return;
        }
        self.record.set("version", 1);
        self.record.set("id", self.who.id.clone());
        self.record.set("by", self.who.by.clone());
        self.record.set("application", application.clone());
        self.record.set("key", key.clone());
        self.record.set("sha256", sha256.clone());
        self.record.set("started", self.clock.now());
        self.record.enter("verify", self.clock.now());
        let Some(earlier) = earlier else { return };
        if earlier.text("application") == application {
            for name in ["began_parallelism", "began_maximum"].into_iter().filter(|name| earlier.is(name)) {
                self.record.set(name, earlier.get(name).clone());
            }
        }
    }

    /// What `judge` would say now, without touching anything.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses a look.
    pub fn judged(mut self) -> Result<Judged, CloudError> {
        self.record.set("state", "judge");
        acts::act(&mut self, "remember-what-runs")?;
        let rules = Machine::get().state("judge").map(|state| state.rules.as_slice()).unwrap_or_default();
        for rule in rules {
            if !self.fits(rule)? {
                continue;
            }
            match (&rule.branch, &rule.action) {
                (Branch::Fail(word), _) => return Ok(Judged::Refused(self.fill(word))),
                // It only notes something, and the rules after it decide.
                (_, Some(action)) => drop(acts::act(&mut self, action)?),
                _ => break,
            }
        }
        let is_fresh = self.once().is_some_and(|once| once.state.as_deref() == Some("fresh"));
        Ok(if is_fresh { Judged::Fresh } else { Judged::TakesOver })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When AWS does not answer any more, or these credentials may not go on: the release has not ended then.
    pub fn run(mut self) -> Result<Ended, Stop> {
        let mut silences = 0;
        loop {
            match self.step() {
                Ok(Step::On) => {}
                Ok(Step::Later(reason)) => self.wait(reason).map_err(|error| self.stopped(error))?,
                Ok(Step::End(succeeded)) => {
                    let message = self.record.text("reason").to_owned();
                    return Ok(Ended { succeeded, message, record: self.record });
                }
                Err(error) if passes_by_itself(&error) && silences < MOST_SILENCES => {
                    silences += 1;
                    self.forget();
                    self.tell_waiting(format!("AWS is asked again later: {}", error.message));
                    self.pause().map_err(|error| self.stopped(error))?;
                    continue;
                }
                Err(error) => return Err(self.stopped(error)),
            }
            silences = 0;
        }
    }

    fn stopped(&self, error: CloudError) -> Stop {
        Stop { error: Box::new(error), state: self.record.text("state").to_owned() }
    }

    /// One rule of the state. What AWS refuses and no rule foresees leads to where the state says.
    fn step(&mut self) -> Result<Step, CloudError> {
        let name = self.state().to_owned();
        let Some(state) = Machine::get().state(&name) else {
            let error = CloudError::refused("go on with the release in the state", name, "no such state is known here");
            return Err(error.hint("a newer version of Tidegate began this release: go on with that one"));
        };
        if self.goes_on && !self.holds_lock && locks::take(self)? == Taken::Held {
            return Ok(Step::Later(self.fill("held")));
        }
        let error = match self.decide(state) {
            Ok(step) => return Ok(step),
            Err(error) if error.code.is_none() || passes_by_itself(&error) || is_about_who_asks(&error) => {
                return Err(error);
            }
            Err(error) if self.record.has_ended() => return Err(error),
            Err(error) => error,
        };
        let reason = format!("{} {}", self.record.text("reason"), explained(&error));
        self.forget();
        self.record.set("reason", reason.trim());
        self.enter(state.otherwise.as_deref().unwrap_or("failed"))?;
        Ok(Step::On)
    }

    fn decide(&mut self, state: &State) -> Result<Step, CloudError> {
        for rule in &state.rules {
            if self.fits(rule)? {
                let branch = self.follow(rule)?;
                return self.take(state, branch);
            }
        }
        Ok(Step::Later("nothing".to_owned()))
    }

    fn fits(&mut self, rule: &Rule) -> Result<bool, CloudError> {
        for condition in &rule.conditions {
            let holds = looks::holds(self, &condition.predicate)?;
            self.note(&condition.predicate, holds)?;
            if holds != condition.holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a look at something leaves in the record.
    fn note(&mut self, predicate: &str, holds: bool) -> Result<(), CloudError> {
        match (predicate, holds) {
            ("busy", true) if !self.record.is("busy_since") => self.record.set("busy_since", self.clock.now()),
            ("busy", false) => self.record.remove("busy_since"),
            ("unhealthy", _) => {
                let evidence = health::evidence(self)?;
                self.record.set("evidence", evidence);
            }
            _ => {}
        }
        Ok(())
    }

    /// Does the action of a rule; the branch that its outcome leads to.
    fn follow<'m>(&mut self, rule: &'m Rule) -> Result<&'m Branch, CloudError> {
        let Some(action) = &rule.action else { return Ok(&rule.branch) };
        let outcome = match acts::act(self, action) {
            Ok(outcome) => outcome,
            Err(error) => Some(self.outcome_of(rule, error)?),
        };
        self.forget();
        rule.after(outcome)
            .ok_or_else(|| CloudError::refused("go on after", action.clone(), outcome.unwrap_or_default()))
    }

    /// What an error of AWS is called in the rule; the error, where the rule foresees none.
    fn outcome_of(&mut self, rule: &Rule, error: CloudError) -> Result<&'static str, CloudError> {
        let Some(code) = error.code.as_deref() else { return Err(error) };
        let outcome = Machine::get().outcome(code).unwrap_or("refused");
        let known = |outcome: &str| rule.after(Some(outcome)).is_some();
        if !known(outcome) && (passes_by_itself(&error) || !known("refused")) {
            return Err(error);
        }
        self.record.set("said", format!("{code}: {}.", error.message.trim_end_matches('.')));
        Ok(if known(outcome) { outcome } else { "refused" })
    }

    fn take(&mut self, state: &State, branch: &Branch) -> Result<Step, CloudError> {
        match branch {
            Branch::Go(state) => self.enter(state).map(|()| Step::On),
            Branch::Wait { word, then } => {
                let reason = self.fill(word);
                self.record.set("last", reason.clone());
                if self.is_late()
                    && let Some(otherwise) = &state.otherwise
                {
                    return self.fail("deadline", otherwise);
                }
                match then.as_ref().filter(|then| *then != self.state()) {
                    Some(then) => self.enter(then)?,
                    None => self.save()?,
                }
                Ok(Step::Later(reason))
            }
            Branch::Fail(word) => self.fail(word, "failed"),
            Branch::Undo { word, then } => self.fail(word, then),
            Branch::End(end) => Ok(Step::End(end == "succeeded")),
        }
    }

    fn is_late(&self) -> bool {
        self.clock.now() > self.begun + 60 * self.asked.deadline_minutes
    }

    fn fail(&mut self, word: &str, then: &str) -> Result<Step, CloudError> {
        let reason = self.fill(word);
        if then != "failed" {
            (self.tell)(&News::TakesBack { reason: reason.clone() });
        }
        self.record.set("reason", reason);
        self.enter(then).map(|()| Step::On)
    }

    fn wait(&mut self, reason: String) -> Result<(), CloudError> {
        self.tell_waiting(reason);
        self.forget();
        if self.holds_lock {
            locks::refresh(self)?;
        }
        self.pause()
    }

    fn pause(&self) -> Result<(), CloudError> {
        match self.clock.pause(PAUSE) {
            true => Ok(()),
            false => {
                Err(CloudError::refused("go on with the release of", &self.asked.application, "it was interrupted"))
            }
        }
    }

    fn tell_waiting(&mut self, reason: String) {
        let state = self.state().to_owned();
        (self.tell)(&News::Waits { state, reason });
    }

    fn enter(&mut self, state: &str) -> Result<(), CloudError> {
        if state != self.state() {
            self.record.enter(state, self.clock.now());
            let says = Machine::get().state(state).map(|state| state.says.clone()).unwrap_or_default();
            (self.tell)(&News::Entered { state: state.to_owned(), says });
        }
        self.save()
    }

    /// Writes the record, which belongs to whoever holds the lock.
    pub(super) fn save(&mut self) -> Result<(), CloudError> {
        if !self.holds_lock {
            return Ok(());
        }
        self.record.set("seen", self.clock.now());
        self.services.write_parameter(&self.asked.record(), &self.record.written())
    }

    pub(super) fn lock_is_ours(&mut self, ours: bool) {
        self.holds_lock = ours;
    }

    pub(super) fn holds_lock(&self) -> bool {
        self.holds_lock
    }

    pub(super) fn forget(&mut self) {
        self.seen = Seen::default();
    }

    pub(super) fn state(&self) -> &str {
        self.record.text("state")
    }

    pub(super) fn application(&self) -> Result<Option<&Application>, CloudError> {
        self.seen.application(self.services, &self.asked)
    }

    /// What holds for this release only, unless it is spent.
    pub(super) fn once(&self) -> Option<&Once> {
        self.asked.once.as_ref().filter(|_| self.record.text("once") != "spent")
    }

    pub(super) fn is_quiet(&self) -> Option<u64> {
        let now = self.clock.now();
        self.asked.quiet.iter().filter_map(|quiet| quiet.until(now)).max().filter(|_| !self.ignores_quiet)
    }

    /// The ARN of the bucket and the key that the application is to run.
    pub(super) fn target(&self) -> (String, &str) {
        (self.arn_of(&self.asked.bucket), &self.asked.key)
    }

    pub(super) fn arn_of(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// Marks the events of the stack's update.
    pub(super) fn request(&self) -> String {
        format!("release-{}-{:.16}", self.record.number("started"), self.asked.sha256)
    }

    pub(super) fn fill(&self, word: &str) -> String {
        words::fill(self, word)
    }
}

enum Step {
    On,
    Later(String),
    End(bool),
}

/// No answer, or one that says to ask later.
fn passes_by_itself(error: &CloudError) -> bool {
    error.unanswered || error.code.as_ref().is_some_and(|code| Machine::get().passes(code))
}

/// Other credentials can go on where these cannot.
fn is_about_who_asks(error: &CloudError) -> bool {
    const CODES: [&str; 7] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
    ];
    CODES.iter().any(|code| error.has_code(code))
}

fn explained(error: &CloudError) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    let what = if error.subject.is_empty() { error.attempted } else { &error.subject };
    let message = error.message.trim_end_matches('.');
    match &error.hint {
        Some(hint) => format!("{what} was refused: {code}: {message}. First {hint}, then retry."),
        None => format!("{what} was refused: {code}: {message}. Correct the cause, then retry."),
    }
}
