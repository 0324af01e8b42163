//! `tidegate deploy`

use std::path::Path;

use clap::Args;

use super::account::{AccountArguments, Lent, Place, Session, deployment_failed, failed};
use super::applying::Applying;
use super::plan::{deepened, digest_of, refused, tell, text};
use super::waiting::{Waiting, duration};
use super::{Arguments, Exit, Failure, Outcome, layers, next, render, seed};
use crate::backends::cloudformation;
use crate::desired::Stack;
use crate::host::{self, Change};
use crate::reconcile::{self, Applied, DeployError, Journal, Plan, Request, SavedPlan};

/// Deploy the stacks of an environment, or that of the pipelines, by change set
///
/// Shows the plan and asks. What removes or replaces something, restarts a job or changes permissions needs a word of
/// its own: --allow-danger. Running it again after an interruption goes on where it was.
#[derive(Args)]
pub(super) struct Deploy {
    /// The environment, or `delivery` for the pipelines; a saved plan knows it.
    #[arg(required_unless_present = "plan")]
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Also do what is marked with `!` in the plan.
    #[arg(long)]
    allow_danger: bool,
    /// Apply exactly what `tidegate plan --out FILE` has saved, or say why it no longer holds.
    #[arg(long, value_name = "FILE")]
    plan: Option<String>,
    /// Also take back what was changed behind CloudFormation's back, as far as CloudFormation can.
    #[arg(long, conflicts_with = "plan")]
    revert_drift: bool,
    /// When somebody else is at work on the stack, wait for the end of that for so long, e.g. `10m`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<u64>,
    /// Take no lock: only where nobody else deploys, or where the rights for a lock are missing.
    #[arg(long)]
    no_lock: bool,
}

impl Arguments for Deploy {
    fn run(self) -> Outcome {
        let session = self.account.open()?;
        warn_of_stale_files(&session)?;
        let saved = self.plan.as_deref().map(|path| self.read(path, &session)).transpose()?;
        let stack = saved.as_ref().map(|saved| &saved.environment).or(self.stack.as_ref());
        let stack = stack.ok_or_else(|| Failure::usage("name an environment, or a plan"))?;
        let places = session.places(Some(stack))?;
        places.iter().try_for_each(layers::refuse_other_layout)?;
        let mut applying =
            Applying::begin_when_free(&self.account.file, stack, "deploy", !self.no_lock, Waiting::at_most(self.wait))?;
        let outcome = self.deploy(&session, places, saved.as_ref(), &mut applying);
        applying.end(&session, outcome)?;
        host::tell(&next::steps(&session, stack)?);
        Ok(Exit::Clean)
    }
}

impl Deploy {
    /// The saved plan, if it is one of this document as it is now.
    fn read(&self, path: &str, session: &Session) -> Result<SavedPlan, Failure> {
        let text = host::read_file(Path::new(path)).map_err(Failure::usage)?;
        let saved = SavedPlan::read(&text).map_err(|reason| refused(format!("{path} cannot be applied: {reason}")))?;
        if let Some(named) = self.stack.as_ref().filter(|named| **named != saved.environment) {
            let message = format!("{path} is a plan of `{}`, and not of `{named}`", saved.environment);
            return Err(Failure::usage(message));
        }
        if saved.document_digest != digest_of(session) {
            return Err(refused(format!(
                "{path} cannot be applied: {} was changed after {}, when {} planned\n  help: plan again, read what has \
                 become of it, and deploy the new plan",
                session.project.input.file.path(),
                saved.at,
                saved.by
            )));
        }
        Ok(saved)
    }

    /// Each stack, one after the other, under the locks of all.
    fn deploy<'a>(
        &self,
        session: &'a Session,
        places: Vec<Place<'a>>,
        saved: Option<&SavedPlan>,
        applying: &mut Applying,
    ) -> Result<(), Failure> {
        for place in &places {
            applying.lock(place)?;
            applying.wait_for_rest(place)?;
        }
        for place in layers::in_order(session, places)? {
            let mut lent = session.lent(&place)?;
            let resumed = applying.resume(&place, &place.request("", &lent))?.is_some();
            if let Some(seed) = seed::seed(session, &place, &lent) {
                self.plant(&place, &seed, applying)?;
                lent = session.lent(&place)?;
            }
            if !place.stack.uploads.is_empty() && lent.bucket.is_none() {
                return Err(without_bucket(session, &place));
            }
            let template = session.template(place.stack);
            let request = Request { revert_drift: self.revert_drift, ..place.request(&template, &lent) };
            let plan = match saved {
                Some(saved) => planned(&place, &request, saved, &applying.journal, resumed),
                None => reconcile::plan(&place.account, &request, &mut tell),
            };
            let plan = deepened(&place, plan.map_err(|error| deployment_failed(&error))?);
            host::print(&text(&place, &plan));
            if !plan.is_empty()
                && let Err(failure) = consent(self.yes, self.allow_danger, &plan)
            {
                reconcile::discard(&place.account, &plan).map_err(|error| failed(&error))?;
                return Err(failure);
            }
            upload(&place, &lent)?;
            let applied = reconcile::apply(&place.account, &plan, &mut applying.journal, &mut tell)
                .map_err(|error| deployment_failed(&error))?;
            host::print(&result(&place, &applied));
        }
        Ok(())
    }

    /// Makes the bucket that the template is sent through, on which the rest of the deployment builds.
    fn plant(&self, place: &Place<'_>, seed: &Stack, applying: &mut Applying) -> Result<(), Failure> {
        host::tell(
            "the template is longer than CloudFormation takes in a call: first the bucket is made that it is sent through",
        );
        let template = cloudformation::template(seed).to_json().to_string();
        let lent = Lent::default();
        let request = Request { stack: seed, ..place.request(&template, &lent) };
        let plan = reconcile::plan(&place.account, &request, &mut tell).map_err(|error| deployment_failed(&error))?;
        host::print(&text(place, &plan));
        if let Err(failure) = consent(self.yes, self.allow_danger, &plan) {
            reconcile::discard(&place.account, &plan).map_err(|error| failed(&error))?;
            return Err(failure);
        }
        reconcile::apply(&place.account, &plan, &mut applying.journal, &mut tell)
            .map_err(|error| deployment_failed(&error))?;
        Ok(())
    }
}

/// What a saved plan says of a stack. What this run has executed already, before it was interrupted, is not looked for
/// again.
fn planned(
    place: &Place<'_>,
    request: &Request<'_>,
    saved: &SavedPlan,
    journal: &Journal<'_>,
    resumed: bool,
) -> Result<Plan, DeployError> {
    let name = &place.deployment.stack_name;
    let of_stack = saved.stacks.iter().find(|stack| stack.stack == *name).ok_or_else(|| DeployError::Outdated {
        stack: name.clone(),
        reason: "the document has this stack now, which it had not when it was planned".to_owned(),
    })?;
    let ended = of_stack.change_set.as_ref().is_some_and(|change_set| journal.has_ended(name, change_set));
    if resumed || ended {
        host::tell(&format!("{}: the interrupted run has executed its part of the plan", place.title()));
        let mut plan = Plan::begun(request);
        plan.protection = of_stack.protection;
        return Ok(plan);
    }
    reconcile::restore(&place.account, request, of_stack)
}

/// Why files of a stack cannot be brought into their bucket.
fn without_bucket(session: &Session, place: &Place<'_>) -> Failure {
    let model = session.build.model.as_ref();
    let apart = model.and_then(|model| Some((model, model.apart(&place.deployment.environment)?)));
    let (stack, command) = match apart {
        Some((model, apart)) => ("that lets the pipelines in", model.access_name(model.files_beside(&apart).name)),
        None => ("of the pipelines", "delivery".to_owned()),
    };
    let message = format!(
        "files of this stack are kept in a bucket that the stack {stack} makes: first run `tidegate deploy {command}`"
    );
    Failure::usage(message)
}

/// Brings the files that the stack's resources read into their bucket.
fn upload(place: &Place<'_>, lent: &Lent) -> Result<(), Failure> {
    let Some(bucket) = &lent.bucket else { return Ok(()) };
    for upload in &place.stack.uploads {
        place.account.upload(bucket, &upload.key, &upload.text).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// A person or a flag says yes; danger needs a word of its own.
fn consent(yes: bool, allow_danger: bool, plan: &Plan) -> Result<(), Failure> {
    let dangerous = plan.dangerous().count();
    if dangerous > 0 && !allow_danger {
        return Err(refused(format!(
            "{dangerous} of the changes are marked with `!`: read them, and run the command again with --allow-danger"
        )));
    }
    if yes {
        return Ok(());
    }
    if !host::is_interactive() {
        return Err(Failure::usage("nobody can be asked here; say --yes to deploy what the plan shows"));
    }
    let question = format!("Deploy this to {}?", plan.stack_name);
    match dialoguer::Confirm::new().with_prompt(question).default(false).interact() {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("nothing was deployed")),
        Err(error) => Err(Failure::environment(format!("cannot ask: {error}"))),
    }
}

fn result(place: &Place<'_>, applied: &Applied) -> String {
    let done = if applied.executed { "deployed" } else { "up to date" };
    let mut lines = vec![format!("{}: {done}, {}", place.title(), applied.state.status)];
    lines.extend(applied.state.outputs.iter().map(|(name, value)| format!("  {name} = {value}")));
    lines.join("\n") + "\n"
}

/// What is deployed by hand should be what was reviewed.
fn warn_of_stale_files(session: &Session) -> Result<(), Failure> {
    let folder = render::folder_of(&session.project, &session.build, None)?;
    let changes = host::compare_artifacts(&folder, &session.build.artifacts);
    if changes.iter().any(|(_, change)| *change != Change::Unchanged) {
        host::tell("warning: generated/ is not what the document says; this deploys what the document says");
    }
    Ok(())
}
