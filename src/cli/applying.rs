//! What every command that changes an account does around its changes: a journal beside the document, and the locks of
//! the stacks.

use std::path::{Path, PathBuf};

use super::account::{Place, Session, deployment_failed, failed};
use super::plan::{refused, tell};
use super::waiting::Waiting;
use super::{Exit, Failure};
use crate::cloud::{Caller, Lock, Look, StackState};
use crate::host::{self, Lines};
use crate::reconcile::{self, DeployError, Journal, Plan, Request};

/// A run that changes an account.
pub(super) struct Applying {
    pub(super) journal: Journal<'static>,
    purpose: String,
    with_locks: bool,
    waiting: Waiting,
}

/// The folder of a document.
pub(super) fn folder_of(file: &str) -> PathBuf {
    let parent = Path::new(file).parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

impl Applying {
    /// Opens the journal of an environment; the run that it is in the middle of goes on.
    pub(super) fn begin(file: &str, environment: &str, command: &str, with_locks: bool) -> Result<Self, Failure> {
        Self::begin_when_free(file, environment, command, with_locks, Waiting::default())
    }

    /// The same, and waits for others as long as it may.
    pub(super) fn begin_when_free(
        file: &str,
        environment: &str,
        command: &str,
        with_locks: bool,
        mut waiting: Waiting,
    ) -> Result<Self, Failure> {
        let purpose = format!("{command} {environment}");
        let mut lines = open_lines(file, environment, &mut waiting)?;
        let earlier = lines.text().map_err(Failure::environment)?;
        if reconcile::summarize(&earlier).is_none_or(|summary| summary.finished) {
            lines.clear().map_err(Failure::environment)?;
        }
        let keep = move |mut line: serde_json::Value| {
            line["time"] = host::now().into();
            lines.add(&line.to_string())
        };
        let journal = Journal::open(&earlier, &host::unique(), &purpose, keep).map_err(Failure::environment)?;
        if journal.goes_on() {
            host::tell("an earlier run was interrupted; this one goes on where it was");
        }
        Ok(Self { journal, purpose, with_locks, waiting })
    }

    /// Takes the lock of a stack.
    pub(super) fn lock(&mut self, place: &Place<'_>) -> Result<(), Failure> {
        if !self.with_locks {
            return Ok(());
        }
        let caller: Caller = place.account.caller().map_err(|error| failed(&error))?;
        let lock = Lock {
            stack: place.deployment.stack_name.clone(),
            run: self.journal.run().to_owned(),
            holder: caller.arn,
            machine: host::machine(),
            purpose: self.purpose.clone(),
            since: host::now(),
        };
        loop {
            let locked = match reconcile::lock(&place.account, &lock, &mut self.journal) {
                Err(DeployError::Locked(locked)) => locked,
                other => return other.map_err(|error| lock_failed(&error)),
            };
            self.wait_for(place, *locked)?;
        }
    }

    /// Waits until a lock is no longer there, or fails with it.
    fn wait_for(&mut self, place: &Place<'_>, locked: Lock) -> Result<(), Failure> {
        let error = DeployError::Locked(Box::new(locked.clone()));
        loop {
            if !self.waiting.pause(&error.to_string()) {
                return Err(lock_failed(&error));
            }
            let held = place.account.lock(&locked.stack).map_err(|error| failed(&error))?;
            if held.is_none_or(|held| held.run != locked.run) {
                return Ok(());
            }
        }
    }

    /// Waits for the end of what others do to a stack, if that was asked for; otherwise planning follows it, however long
    /// it takes. What an interrupted run has begun is no matter of others.
    pub(super) fn wait_for_rest(&mut self, place: &Place<'_>) -> Result<(), Failure> {
        if !self.waiting.is_asked() || self.journal.is_pending() {
            return Ok(());
        }
        let name = &place.deployment.stack_name;
        loop {
            let state = place.account.stack(name).map_err(|error| failed(&error))?;
            let Some(state) = state.filter(StackState::in_progress) else { return Ok(()) };
            if !self.waiting.pause(&format!("the stack `{name}` is {}", state.status)) {
                return Err(refused(format!(
                    "the stack `{name}` is still {}{}\n  help: `tidegate doctor` says what it waits for; without --wait its \
                     operation is followed to its end",
                    state.status,
                    self.waiting.waited()
                )));
            }
        }
    }

    /// Follows to its end what an interrupted run began on a stack; `None` when it had begun nothing.
    pub(super) fn resume(&mut self, place: &Place<'_>, request: &Request<'_>) -> Result<Option<StackState>, Failure> {
        let plan = Plan::begun(request);
        reconcile::resume(&place.account, &plan, &mut self.journal, &mut tell)
            .map_err(|error| deployment_failed(&error))
    }

    /// Releases the locks, and ends the journal unless something was begun whose end nobody has seen.
    pub(super) fn end<T>(mut self, session: &Session, outcome: Result<T, Failure>) -> Result<T, Failure> {
        let mut all = true;
        for stack in self.journal.locked() {
            let place = session.place_of_stack(&stack);
            let released = place.and_then(|place| {
                reconcile::unlock(&place.account, &stack, &mut self.journal).map_err(|error| deployment_failed(&error))
            });
            if let Err(failure) = released {
                all = false;
                host::tell(&format!(
                    "the lock of `{stack}` could not be released: {}\n  help: the next run of this command takes it over; \
                     for others, `tidegate doctor --fix` removes it",
                    failure.message
                ));
            }
        }
        if all && !self.journal.is_pending() {
            self.journal.finish().map_err(Failure::environment)?;
        }
        outcome
    }
}

/// The journal of an environment, once no other process of this machine writes it.
fn open_lines(file: &str, environment: &str, waiting: &mut Waiting) -> Result<Lines, Failure> {
    loop {
        if let Some(lines) = Lines::open(&folder_of(file), environment).map_err(Failure::environment)? {
            return Ok(lines);
        }
        let other = format!("another process on this machine is at work on `{environment}` from this folder");
        if !waiting.pause(&other) {
            return Err(refused(format!(
                "{other}{}: wait for its end, as `tidegate deploy --wait 10m` does, or end it, and run the command again",
                waiting.waited()
            )));
        }
    }
}

fn lock_failed(error: &DeployError) -> Failure {
    match error {
        DeployError::Locked(lock) => {
            let age = host::seconds_of(&lock.since).map(|since| age(host::seconds().saturating_sub(since)));
            let age = age.map_or_else(String::new, |age| format!(" ({age} ago)"));
            refused(format!(
                "{error}{age}\n  help: wait until that has ended, as `tidegate deploy --wait 10m` does; if it was interrupted, whoever \
                 began it runs it again, or `tidegate doctor --fix` removes the lock"
            ))
        }
        DeployError::Cloud(cloud) if cloud.attempted.contains("lock") && cloud.code.is_some() => Failure {
            message: format!(
                "{}\n  help: allow `ssm:PutParameter`, `ssm:GetParameter` and `ssm:DeleteParameter` on \
                 `parameter/tidegate/locks/*`, or say --no-lock when nobody else deploys",
                failed(cloud).message
            ),
            exit: Exit::Failed,
        },
        other => deployment_failed(other),
    }
}

/// `3 min`, `2 h 5 min`, `4 days`
pub(super) fn age(seconds: u64) -> String {
    let minutes = seconds / 60;
    match minutes {
        0 => format!("{seconds} s"),
        1..60 => format!("{minutes} min"),
        60..2880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_as_people_say_it() {
        let ages = [5, 65, 3600, 7500, 172_800].map(age);
        assert_eq!(ages, ["5 s", "1 min", "1 h 0 min", "2 h 5 min", "2 days"]);
    }

    #[test]
    fn the_folder_of_a_document() {
        assert_eq!(folder_of("pipeline.yaml"), Path::new("."));
        assert_eq!(folder_of("-"), Path::new("."));
        assert_eq!(folder_of("a/b/pipeline.yaml"), Path::new("a/b"));
    }
}
