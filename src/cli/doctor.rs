//! `tidegate doctor`

use clap::Args;

use super::account::{AccountArguments, Place, Session, deployment_failed, failed, title};
use super::applying::{Applying, age, folder_of};
use super::plan::{refused, tell};
use super::together::together;
use super::{Arguments, Exit, Failure, Outcome};
use crate::cloud::{
    ChangeSetState, Cloud, CloudError, Lock, Look, Propose, StackState, WaitingChangeSet, verify_account,
};
use crate::host;
use crate::reconcile::{self, JournalSummary, Plan, Remedy, Stuck};

/// Find out why a deployment cannot go on, and what to do
///
/// Looks at the credentials and what they may read, the state of each stack, locks, change sets that nobody executed, and
/// the journals of interrupted runs.
/// With --fix it takes the step that helps, after showing what would be lost and asking.
#[derive(Args)]
pub(super) struct Doctor {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// Do what helps.
    #[arg(long)]
    fix: bool,
    /// Do not ask.
    #[arg(long, short, requires = "fix")]
    yes: bool,
    /// Also do what loses something, or takes away the lock of somebody who may still be at work.
    #[arg(long, requires = "fix")]
    allow_danger: bool,
    /// A resource that a rollback goes on without.
    #[arg(long, value_name = "LOGICAL_ID", requires = "fix")]
    skip: Vec<String>,
}

/// What was found, and what the program can do about it.
struct Finding {
    text: String,
    loses: Vec<String>,
    fix: Option<Fix>,
}

enum Fix {
    BreakLock,
    DeleteChangeSet(WaitingChangeSet),
    Cure(Box<StackState>, Remedy),
}

impl Arguments for Doctor {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        let journals = journals(&self.account.file);
        let mut open = 0;
        let names: Vec<String> = self.stack.iter().cloned().collect();
        let stacks = session.within_reach(&names)?;
        let examined = together(&stacks, |_, &(stack, deployment)| {
            let account = session.connect(deployment)?;
            let place = Place { stack, deployment, account };
            let findings = examine(&place, &journals);
            Ok::<_, CloudError>((place, findings))
        });
        for ((_, deployment), examined) in stacks.iter().zip(examined) {
            let (place, findings) = match examined {
                Ok(examined) => examined,
                Err(error) => {
                    host::print(&format!("{}:\n  ! credentials: {}\n", title(deployment), error.with_hint()));
                    open += 1;
                    continue;
                }
            };
            host::print(&text(&place, &findings));
            for finding in findings {
                match finding.fix {
                    Some(ref fix) if self.fix => {
                        self.consent(&finding)?;
                        self.apply(&session, &place, fix)?;
                    }
                    _ => open += 1,
                }
            }
        }
        let unfinished: Vec<_> = journals.iter().filter(|journal| !journal.summary.finished && !journal.open).collect();
        for journal in &unfinished {
            host::print(&format!("{}\n", journal.text()));
        }
        match open + unfinished.len() {
            0 => Ok(Exit::Clean),
            _ => Ok(Exit::Findings),
        }
    }
}

/// A journal of the folder.
struct Found {
    name: String,
    summary: JournalSummary,
    /// A process of this machine is writing it.
    open: bool,
}

impl Found {
    fn text(&self) -> String {
        let JournalSummary { purpose, began, pending, .. } = &self.summary;
        let at = match pending.as_slice() {
            [] => String::new(),
            stacks => format!(", in the middle of {}", stacks.join(", ")),
        };
        format!(
            "! the run `{purpose}` of {began} was interrupted{at}: run `tidegate {purpose}` again, and it goes on\n    (its \
             journal is {}/{}.jsonl)",
            host::FOLDER,
            self.name
        )
    }
}

fn journals(file: &str) -> Vec<Found> {
    let files = host::all_lines(&folder_of(file)).into_iter();
    files.filter_map(|(name, text, open)| Some(Found { name, summary: reconcile::summarize(&text)?, open })).collect()
}

fn text(place: &Place<'_>, findings: &[Finding]) -> String {
    let mut lines = vec![format!("{}: {}", place.title(), counted(findings.len()))];
    for finding in findings {
        lines.push(format!("  ! {}", finding.text));
        lines.extend(finding.loses.iter().map(|loses| format!("      loses: {loses}")));
    }
    lines.join("\n") + "\n"
}

fn counted(count: usize) -> String {
    match count {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    }
}

fn examine(place: &Place<'_>, journals: &[Found]) -> Vec<Finding> {
    let only = |text: String| Finding { text, loses: Vec::new(), fix: None };
    if let Err(error) = verify_account(&place.account, &place.deployment.account) {
        return vec![only(format!("credentials: {}", error.with_hint()))];
    }
    let name = &place.deployment.stack_name;
    let mut findings = Vec::new();
    let mut denied = |error: CloudError| findings.push(only(format!("rights: {}", error.with_hint())));
    let state = place.account.stack(name).unwrap_or_else(|error| {
        denied(error);
        None
    });
    let lock = place.account.lock(name).unwrap_or_else(|error| {
        denied(error);
        None
    });
    let mut resources = Vec::new();
    let mut quiet = 0;
    if let Some(state) = &state {
        resources = place.account.resources(name).map_err(&mut denied).unwrap_or_default();
        let newest = place.account.events(&state.id, None).map_err(&mut denied).unwrap_or_default().pop();
        let then = newest.and_then(|event| host::seconds_of(&event.time));
        quiet = then.map_or(0, |then| host::seconds().saturating_sub(then));
        if !state.only_reviewed() {
            place.account.template(name).map(drop).unwrap_or_else(&mut denied);
        }
    }
    match lock {
        Some(lock) => findings.push(of_lock(&lock, journals)),
        // A change set of a run that is at work is not left behind; one of a stack that is nothing else goes with it.
        None if state.as_ref().is_some_and(|state| !state.only_reviewed() && !state.in_progress()) => {
            let waiting = place.account.change_sets(name);
            let waiting = waiting.map_err(|error| findings.push(only(format!("rights: {}", error.with_hint()))));
            let own = waiting.unwrap_or_default().into_iter().filter(|waiting| reconcile::is_own(&waiting.id));
            findings.extend(own.map(of_change_set));
        }
        None => {}
    }
    if let Some(state) = state
        && let Some(found) = reconcile::stuck(&state, &resources, quiet)
    {
        findings.push(of_stack(state, found));
    }
    findings
}

fn of_lock(lock: &Lock, journals: &[Found]) -> Finding {
    let Lock { holder, machine, purpose, since, run, .. } = lock;
    let age = host::seconds_of(since).map(|then| age(host::seconds().saturating_sub(then)));
    let age = age.unwrap_or_else(|| "an unknown time".to_owned());
    let own = journals.iter().find(|journal| journal.summary.run == *run);
    let (who, loses) = match own {
        Some(journal) if journal.open => {
            ("a process here is at work", vec!["the protection of a run that is at work".to_owned()])
        }
        Some(_) => ("an interrupted run from here left it behind: run the command again, and it goes on", Vec::new()),
        None => (
            "ask there whether that is still at work; if not, --fix removes the lock",
            vec!["the protection of a run that may be at work elsewhere".to_owned()],
        ),
    };
    Finding {
        text: format!("locked for {age} by {holder}, for `{purpose}` on {machine}: {who}"),
        loses,
        fix: Some(Fix::BreakLock),
    }
}

fn of_change_set(waiting: WaitingChangeSet) -> Finding {
    let name = &waiting.id.name;
    let made = host::seconds_of(&waiting.made).map(|then| age(host::seconds().saturating_sub(then)));
    let made = made.map_or_else(String::new, |age| format!(", made {age} ago,"));
    let (what, loses) = match &waiting.state {
        ChangeSetState::Ready => (
            "waits to be executed: `tidegate deploy --plan FILE` does that with the plan that was saved for it"
                .to_owned(),
            vec!["what the plan that was saved for it would apply, until somebody plans again".to_owned()],
        ),
        ChangeSetState::Pending => {
            ("is still being made".to_owned(), vec!["the plan that somebody may be making just now".to_owned()])
        }
        ChangeSetState::Empty => ("changes nothing".to_owned(), Vec::new()),
        ChangeSetState::Failed(reason) => (format!("can never be executed: {reason}"), Vec::new()),
    };
    let text = format!("the change set {name}{made} {what}; when nobody wants it, --fix deletes it");
    Finding { text, loses, fix: Some(Fix::DeleteChangeSet(waiting)) }
}

fn of_stack(state: StackState, found: Stuck) -> Finding {
    let reason = state.status_reason.as_ref().filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    let mut loses = found.loses;
    if state.protected && matches!(found.remedy, Some(Remedy::Delete { .. })) {
        loses.push("its termination protection, which is on".to_owned());
    }
    Finding {
        text: format!("{}: {}{reason}; {}", state.status, found.means, found.next),
        loses,
        fix: found.remedy.map(|remedy| Fix::Cure(Box::new(state), remedy)),
    }
}

impl Doctor {
    /// A person or a flag says yes; what loses something needs a word of its own.
    fn consent(&self, finding: &Finding) -> Result<(), Failure> {
        let what = match &finding.fix {
            Some(Fix::BreakLock) => "Remove the lock?".to_owned(),
            Some(Fix::DeleteChangeSet(waiting)) => format!("Delete the change set {}?", waiting.id.name),
            Some(Fix::Cure(state, Remedy::Delete { retain })) if retain.is_empty() => {
                format!("Delete the stack {}?", state.id)
            }
            Some(Fix::Cure(state, Remedy::Delete { retain })) => {
                format!("Delete the stack {} without {}?", state.id, retain.join(", "))
            }
            Some(Fix::Cure(state, Remedy::ContinueRollback { .. })) => {
                format!("Go on with the rollback of {}?", state.id)
            }
            None => return Ok(()),
        };
        if !finding.loses.is_empty() && !self.allow_danger {
            return Err(refused(format!(
                "{what} That loses what is said above: read it, and run the command again with --allow-danger"
            )));
        }
        if self.yes {
            return Ok(());
        }
        if !host::is_interactive() {
            return Err(Failure::usage("nobody can be asked here; say --yes to do what helps"));
        }
        match dialoguer::Confirm::new().with_prompt(what).default(false).interact() {
            Ok(true) => Ok(()),
            Ok(false) => Err(refused("nothing was done")),
            Err(error) => Err(Failure::environment(format!("cannot ask: {error}"))),
        }
    }

    fn apply(&self, session: &Session, place: &Place<'_>, fix: &Fix) -> Result<(), Failure> {
        let name = &place.deployment.stack_name;
        let (state, remedy) = match fix {
            Fix::BreakLock => {
                place.account.release_lock(name).map_err(|error| failed(&error))?;
                host::print(&format!("{}: the lock is removed\n", place.title()));
                return Ok(());
            }
            Fix::DeleteChangeSet(waiting) => {
                let mut applying = Applying::begin(&self.account.file, &place.deployment.environment, "deploy", true)?;
                let deleted = applying
                    .lock(place)
                    .and_then(|()| place.account.delete_change_set(&waiting.id).map_err(|error| failed(&error)));
                applying.end(session, deleted)?;
                host::print(&format!("{}: the change set {} is deleted\n", place.title(), waiting.id.name));
                return Ok(());
            }
            Fix::Cure(state, Remedy::ContinueRollback { .. }) => {
                (state, Remedy::ContinueRollback { skip: self.skip.clone() })
            }
            Fix::Cure(state, remedy) => (state, remedy.clone()),
        };
        let mut applying = Applying::begin(&self.account.file, &place.deployment.environment, "deploy", true)?;
        let lent = super::account::Lent::default();
        let cured = applying.lock(place).and_then(|()| {
            let plan = Plan::begun(&place.request("", &lent));
            reconcile::cure(&place.account, &plan, state, &remedy, &mut tell).map_err(|error| deployment_failed(&error))
        });
        let status = applying.end(session, cured)?;
        host::print(&format!("{}: {status}\n", place.title()));
        Ok(())
    }
}
