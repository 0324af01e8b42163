//! `tidegate reconcile`: chooses what happens to each difference, shows all of it, asks, and then does it.

mod ask;
mod carry_out;
mod choose;
mod show;

use std::collections::BTreeSet;

use clap::Args;

use super::account::{AccountArguments, Lent, Place, Session, deployment_failed, failed};
use super::{Arguments, Exit, Failure, Outcome};
use crate::cloud::verify_account;
use crate::host;
use crate::policy::Policy;
use crate::reconcile::revert::{self, Item, Prepared, Reverting};
use crate::reconcile::{self, Inspection};

use choose::{Choice, Chosen, Found};

/// Decide about each difference between the account and the document: take it back, adopt it or accept it
///
/// Asks about one difference after the other, or takes selectors or a policy file. A selector is a thing or a logical id,
/// with `/` and a property if one is meant; `*` stands for any characters, `all` for everything. Nothing happens before
/// all of it is shown and has been agreed to. What replaces, restarts, loses or widens something needs a word of its own:
/// --allow-danger, or `allow: danger` in the rule. Running it again after an interruption goes on where it was.
#[derive(Args)]
pub(super) struct Reconcile {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// Put the account back to what the document asks for.
    #[arg(long, value_name = "SELECTOR")]
    revert: Vec<String>,
    /// Change the document to what is live, so that it renders to it.
    #[arg(long, value_name = "SELECTOR")]
    adopt: Vec<String>,
    /// Accept the difference for a time, which is written into the document.
    #[arg(long, value_name = "SELECTOR", requires_all = ["owner", "reason", "until"])]
    accept: Vec<String>,
    /// Who answers for what is accepted.
    #[arg(long, requires = "accept")]
    owner: Option<String>,
    /// Why it may differ.
    #[arg(long, requires = "accept")]
    reason: Option<String>,
    /// The last day on which it is accepted, e.g. 2027-01-31.
    #[arg(long, value_name = "DAY", requires = "accept")]
    until: Option<String>,
    /// A file of rules that decide without asking, e.g. .tidegate-reconcile.yaml.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["revert", "adopt", "accept"])]
    policy: Option<String>,
    /// Follow only those rules of the policy that revert; what others would change in the document stays as it is.
    #[arg(long, requires = "policy")]
    revert_only: bool,
    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for agreement to what is shown.
    #[arg(long, short)]
    yes: bool,
    /// Also do what is marked with `!`.
    #[arg(long)]
    allow_danger: bool,
    /// Take no lock: only where nobody else deploys, or where the rights for a lock are missing.
    #[arg(long)]
    no_lock: bool,
    /// Exit with 2 when something still differs.
    #[arg(long)]
    detailed_exitcode: bool,
}

/// A stack in a place, and what was seen there.
pub(super) struct Seen<'a> {
    pub(super) place: Place<'a>,
    pub(super) inspection: Inspection,
    lent: Lent,
    template: String,
}

impl Arguments for Reconcile {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        let policy = self.policy.as_deref().map(read_policy).transpose()?;
        let seen = look(&session, self.stack.as_deref())?;
        let found: Vec<Found<'_>> = choose::found(&seen, policy.as_ref());
        if found.is_empty() {
            host::print("nothing that was compared differs\n");
            return Ok(Exit::Clean);
        }
        let mut chosen = self.choose(&session, &seen, &found, policy.as_ref())?;
        let prepared = prepare(&seen, &found, &mut chosen)?;
        let edited = carry_out::edited(&session, &seen, &found, &mut chosen);
        host::print(&show::summary(&seen, &found, &chosen, &prepared));
        if let Some(edited) = &edited {
            host::print(&show::change_of_document(edited));
        }
        let acts = edited.is_some() || prepared.iter().any(|prepared| !prepared.decision.steps.is_empty());
        if self.dry_run || !acts {
            discard(&seen, &prepared)?;
            return Ok(self.rest(&found, chosen.iter().any(|chosen| chosen.refused.is_some())));
        }
        if let Err(failure) = self.consent(&prepared, &chosen) {
            discard(&seen, &prepared)?;
            return Err(failure);
        }
        let done = carry_out::reverts(&session, &seen, prepared, self.allow_danger, !self.no_lock)?;
        if let Some(edited) = &edited {
            carry_out::write(&session, edited)?;
        }
        host::print(&show::results(&seen, &done, edited.as_ref()));
        let left = done.iter().any(|done| !done.left.is_empty() || !done.failed.is_empty());
        if left {
            return Ok(Exit::Failed);
        }
        let differs: Vec<&Found<'_>> =
            found.iter().zip(&chosen).filter(|(_, it)| it.stays()).map(|(it, _)| it).collect();
        Ok(self.rest(&differs, chosen.iter().any(|chosen| chosen.refused.is_some())))
    }
}

impl Reconcile {
    fn choose<'a>(
        &self,
        session: &Session,
        seen: &[Seen<'a>],
        found: &[Found<'_>],
        policy: Option<&Policy>,
    ) -> Result<Vec<Chosen>, Failure> {
        if let Some(policy) = policy {
            let mut chosen = choose::by_policy(found, policy, self.allow_danger);
            for chosen in chosen.iter_mut().filter(|chosen| self.revert_only && chosen.choice != Choice::Revert) {
                chosen.choice = Choice::Leave;
            }
            return Ok(chosen);
        }
        if !self.revert.is_empty() || !self.adopt.is_empty() || !self.accept.is_empty() {
            return self.by_selectors(found);
        }
        if !host::is_interactive() {
            let message = "nobody can be asked here; say what to do: `--revert all`, `--adopt THING/PROPERTY`, `--accept THING`, or `--policy FILE`";
            return Err(Failure::usage(message));
        }
        ask::ask(session, seen, found)
    }

    fn by_selectors(&self, found: &[Found<'_>]) -> Result<Vec<Chosen>, Failure> {
        if let Some(until) = &self.until {
            choose::check_day(until)?;
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let accept = Choice::Accept { owner: text(&self.owner), reason: text(&self.reason), until: text(&self.until) };
        let asked = [(&self.revert, Choice::Revert), (&self.adopt, Choice::Adopt), (&self.accept, accept)];
        choose::by_selectors(found, &asked, self.allow_danger)
    }

    /// A person or a flag says yes; danger needs a word of its own.
    fn consent(&self, prepared: &[Prepared], chosen: &[Chosen]) -> Result<(), Failure> {
        let dangers: usize = prepared.iter().map(|prepared| show::dangers(prepared).len()).sum();
        let allowed = chosen.iter().all(|chosen| chosen.danger || chosen.choice != Choice::Revert);
        let refused = |message: String| Failure { message, exit: Exit::Failed };
        let count = if dangers == 1 { "1 step is".to_owned() } else { format!("{dangers} steps are") };
        if dangers > 0 && !allowed {
            let message = format!("{count} marked with `!`: read them, and run the command again with --allow-danger");
            return Err(refused(message));
        }
        let asked = self.policy.is_none() && [&self.revert, &self.adopt, &self.accept].iter().all(|it| it.is_empty());
        if dangers > 0 && asked && !self.allow_danger {
            agree(&format!("{count} marked with `!`. Do what is dangerous too?"))?;
        }
        if self.yes {
            return Ok(());
        }
        if !host::is_interactive() {
            return Err(Failure::usage("nobody can be asked here; say --yes to do what is shown"));
        }
        agree("Do this?")
    }

    fn rest<T>(&self, differs: &[T], refused: bool) -> Exit {
        match (refused, differs.is_empty()) {
            (true, _) => Exit::Findings,
            (false, false) if self.detailed_exitcode => Exit::Different,
            _ => Exit::Clean,
        }
    }
}

fn agree(question: &str) -> Result<(), Failure> {
    match dialoguer::Confirm::new().with_prompt(question).default(false).interact() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure { message: "nothing was changed".to_owned(), exit: Exit::Failed }),
        Err(error) => Err(Failure::environment(format!("cannot ask: {error}"))),
    }
}

fn read_policy(path: &str) -> Result<Policy, Failure> {
    let text = host::read_file(std::path::Path::new(path)).map_err(Failure::usage)?;
    let file = crate::source::SourceFile::new(path, text);
    let (policy, report) = crate::policy::read(&file);
    if report.is_empty() {
        return Ok(policy);
    }
    let shown = crate::diagnostic::render(&report, crate::diagnostic::Format::Full, host::style());
    host::tell(shown.trim_end());
    Err(Failure::usage(format!("the policy {path} cannot be used")))
}

fn look<'a>(session: &'a Session, stack: Option<&str>) -> Result<Vec<Seen<'a>>, Failure> {
    let (known, today) = (&session.build.desired.acceptances, host::today());
    let mut seen = Vec::new();
    for place in session.places(stack)? {
        verify_account(&place.account, &place.deployment.account).map_err(|error| failed(&error))?;
        let mut inspection =
            reconcile::inspect(&place.account, place.stack, place.deployment).map_err(|error| failed(&error))?;
        reconcile::accept(&place.deployment.environment, &mut inspection.drifts, known, &today);
        let lent = session.lent(&place)?;
        let template = session.template(place.stack);
        seen.push(Seen { place, inspection, lent, template });
    }
    Ok(seen)
}

impl<'a> Seen<'a> {
    pub(super) fn request(&'a self) -> reconcile::Request<'a> {
        self.place.request(&self.template, &self.lent)
    }
}

/// What would be done in each place. What is dangerous and has not its word is not done; if others go together with it, it
/// is decided anew for them.
fn prepare(seen: &[Seen<'_>], found: &[Found<'_>], chosen: &mut [Chosen]) -> Result<Vec<Prepared>, Failure> {
    let mut all = Vec::new();
    for (index, seen) in seen.iter().enumerate() {
        loop {
            let here = || found.iter().zip(chosen.iter()).filter(|(found, _)| found.place == index);
            let items: BTreeSet<Item> = here()
                .filter(|(_, chosen)| chosen.choice == Choice::Revert)
                .map(|(found, _)| found.item.clone())
                .collect();
            let strict: BTreeSet<Item> = here()
                .filter(|(_, chosen)| chosen.by_rule && !chosen.danger)
                .map(|(found, _)| found.item.clone())
                .collect();
            let wanted = |item: &Item| items.contains(item);
            let prepared =
                revert::prepare(&seen.place.account, &seen.request(), &seen.inspection, &wanted, &mut progress)
                    .map_err(|error| deployment_failed(&error))?;
            let without_word = show::dangers(&prepared).into_iter().find_map(|(items, danger)| {
                let first = items.into_iter().find(|item| strict.contains(item))?;
                Some((first, danger))
            });
            let Some((item, danger)) = without_word else {
                refuse(found, chosen, index, &prepared);
                all.push(prepared);
                break;
            };
            discard_one(seen, &prepared)?;
            for (found, chosen) in found.iter().zip(chosen.iter_mut()) {
                if found.place == index && found.item == item {
                    let reason = format!("it {danger}, and the rule does not say `allow: danger`");
                    chosen.refuse(reason, "let a person decide, or give the rule its word");
                }
            }
        }
    }
    Ok(all)
}

fn refuse(found: &[Found<'_>], chosen: &mut [Chosen], place: usize, prepared: &Prepared) {
    for refused in &prepared.decision.refused {
        for (found, chosen) in found.iter().zip(chosen.iter_mut()) {
            if found.place == place && found.item == refused.item {
                chosen.refuse(refused.reason.clone(), &refused.help);
            }
        }
    }
}

fn discard(seen: &[Seen<'_>], prepared: &[Prepared]) -> Result<(), Failure> {
    seen.iter().zip(prepared).try_for_each(|(seen, prepared)| discard_one(seen, prepared))
}

fn discard_one(seen: &Seen<'_>, prepared: &Prepared) -> Result<(), Failure> {
    let plan = prepared.plan.as_ref();
    plan.map_or(Ok(()), |plan| reconcile::discard(&seen.place.account, plan)).map_err(|error| failed(&error))
}

fn progress(happening: Reverting<'_>) {
    match happening {
        Reverting::Deploying(happening) => super::plan::tell(happening),
        Reverting::Step(step) => host::tell(&show::step(step)),
    }
}
