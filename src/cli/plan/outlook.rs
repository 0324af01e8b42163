//! What is seen ahead for one stack, and how it was found out.

use super::super::Failure;
use super::super::account::{Place, Session, deployment_failed, failed};
use super::super::{layers, seed};
use super::tell;
use crate::cloud::{CloudError, Look};
use crate::desired::{Origin, Stack, Value};
use crate::host;
use crate::reconcile::{self, Context, DeployError, Plan};
use crate::review::{self, Reviewed, Side};
use crate::source::{SourceFile, Span};
use crate::template;

/// What deploying a stack would do.
pub(in super::super) struct Outlook<'a> {
    pub(in super::super) place: Place<'a>,
    pub(in super::super) plan: Plan,
    pub(in super::super) how: How,
}

/// Where a plan is from.
pub(in super::super) enum How {
    /// CloudFormation's change set, and what the templates say besides.
    ChangeSet,
    /// The templates alone; with the reason.
    Templates(String),
    /// Not known before this stack is deployed.
    Awaits(String),
}

/// Looks ahead for one stack; by its change set unless `offline`, or unless these credentials may not make one.
pub(in super::super) fn look_ahead<'a>(
    session: &Session,
    place: Place<'a>,
    offline: bool,
) -> Result<Outlook<'a>, Failure> {
    layers::refuse_other_layout(&place)?;
    let lent = session.lent(&place)?;
    let template = session.template(place.stack);
    let request = place.request(&template, &lent);
    let nothing = Plan::begun(&request);
    if let Some(first) = layers::awaited(session, &place)? {
        return Ok(Outlook { place, plan: nothing, how: How::Awaits(first) });
    }
    let by_templates = |place: Place<'a>, why: String| {
        let plan = offline_plan(session, &place, nothing.clone()).map_err(|error| failed(&error))?;
        Ok(Outlook { place, plan, how: How::Templates(why) })
    };
    if offline {
        return by_templates(place, "no change set was asked for".to_owned());
    }
    if seed::seed(session, &place, &lent).is_some() {
        let why = "the template is too long to be sent before its own bucket is there".to_owned();
        return by_templates(place, why);
    }
    let plan = match reconcile::plan(&place.account, &request, &mut tell) {
        Ok(plan) => plan,
        Err(DeployError::Cloud(error)) if error.is_denied() && of_change_sets(&error) => {
            let why = format!("no change set could be made, because these credentials may not: {error}");
            return by_templates(place, why);
        }
        Err(error) => return Err(deployment_failed(&error)),
    };
    let plan = deepened(session, &place, plan);
    Ok(Outlook { place, plan, how: How::ChangeSet })
}

/// A plan with what CloudFormation does not say of its changes.
pub(in super::super) fn deepened(session: &Session, place: &Place<'_>, mut plan: Plan) -> Plan {
    if plan.creates || plan.changes.is_empty() {
        return plan;
    }
    match reviewed(session, place) {
        Ok((_, reviewed)) => review::merge(&mut plan, &reviewed),
        Err(error) => host::tell(&format!(
            "warning: only CloudFormation's own words are shown, because the deployed template cannot be read: {}",
            error.with_hint()
        )),
    }
    plan
}

/// The calls that only a change set needs.
fn of_change_sets(error: &CloudError) -> bool {
    error.attempted.contains("change set") || error.attempted.contains("upload")
}

/// What the templates alone say.
fn offline_plan(session: &Session, place: &Place<'_>, nothing: Plan) -> Result<Plan, CloudError> {
    let state = place.account.stack(&place.deployment.stack_name)?.filter(|state| !state.only_reviewed());
    let wanted = place.deployment.protected;
    let protection = (state.as_ref().is_some_and(|state| state.protected) != wanted).then_some(wanted);
    let (creates, reviewed) = reviewed(session, place)?;
    let mut plan = review::offline(nothing, place.stack, creates, &reviewed);
    plan.protection = protection;
    Ok(plan)
}

/// Whether the stack is new, and what changes from what is deployed.
fn reviewed(session: &Session, place: &Place<'_>) -> Result<(bool, Vec<Reviewed>), CloudError> {
    let name = &place.deployment.stack_name;
    let Some(state) = place.account.stack(name)?.filter(|state| !state.only_reviewed()) else {
        let resources = Context::new(place.stack, place.deployment, None, &[]).resources();
        return Ok((true, review::review(None, Side { stack: place.stack, resources: &resources })));
    };
    let made = place.account.resources(name)?;
    let deployed: Stack = template::lift(&SourceFile::new("template.yaml", place.account.template(name)?)).stack;
    let mut before = place.deployment.clone();
    if seed::is_all(session, place.stack, &deployed) {
        let resources = Context::new(place.stack, place.deployment, Some(&state), &made).resources();
        return Ok((false, review::review(None, Side { stack: place.stack, resources: &resources })));
    }
    let nowhere = Origin::authored(&Span::start_of(&SourceFile::new("template.yaml", "")));
    let value = |parameter: &crate::cloud::StackParameter| Value::text(&parameter.value, &nowhere);
    before.parameters = state.parameters.iter().map(|it| (it.name.clone(), value(it))).collect();
    let old = Context::new(&deployed, &before, Some(&state), &made).resources();
    let new = Context::new(place.stack, place.deployment, Some(&state), &made).resources();
    let (old, new) = (Side { stack: &deployed, resources: &old }, Side { stack: place.stack, resources: &new });
    Ok((false, review::review(Some(old), new)))
}
