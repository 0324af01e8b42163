//! What was agreed to is done: in the account, and in the document.

use std::path::Path;

use super::choose::{Choice, Chosen, Found};
use super::{Seen, progress, show};
use crate::cli::Failure;
use crate::cli::account::{Session, deployment_failed};
use crate::host;
use crate::policy::{self, NewAcceptance};
use crate::reconcile::revert::{self, Prepared, Reverted};

/// The document as it is to be.
pub(super) struct Edited {
    pub(super) text: String,
}

/// Takes back what was prepared, place by place. `danger`: also what turns out to be dangerous only on the way.
pub(super) fn reverts(seen: &[Seen<'_>], prepared: Vec<Prepared>, danger: bool) -> Result<Vec<Reverted>, Failure> {
    let pairs = seen.iter().zip(prepared);
    let done = pairs.map(|(seen, prepared)| {
        if prepared.decision.steps.is_empty() {
            return Ok(None);
        }
        // Who agreed has seen the dangers that there were.
        let danger = danger || !show::dangers(&prepared).is_empty();
        let done = revert::revert(&seen.place.account, &seen.request(), prepared, danger, &mut progress);
        done.map(Some).map_err(|error| deployment_failed(&error))
    });
    let done: Vec<Option<Reverted>> = done.collect::<Result<_, Failure>>()?;
    Ok(done.into_iter().map(Option::unwrap_or_default).collect())
}

/// The document with what is accepted; `None` when nothing of it changes.
pub(super) fn edited(
    session: &Session,
    seen: &[Seen<'_>],
    found: &[Found<'_>],
    chosen: &mut [Chosen],
) -> Option<Edited> {
    let several = seen.len() > 1 || session.deployments().len() > 1;
    let acceptances: Vec<NewAcceptance> = found
        .iter()
        .zip(chosen.iter())
        .filter_map(|(found, chosen)| {
            let Choice::Accept { owner, reason, until } = &chosen.choice else { return None };
            let same = found_of_thing(seen, found);
            let is_environment = several && is_environment(session, found.environment);
            Some(NewAcceptance {
                thing: found.drift.thing.clone(),
                resource: (same > 1).then(|| found.drift.logical_id.clone()),
                property: found.difference.map(|difference| difference.path.clone()),
                value: found.difference.and_then(|difference| difference.live.clone()).filter(is_scalar),
                environment: is_environment.then(|| found.environment.to_owned()),
                owner: owner.clone(),
                reason: reason.clone(),
                until: until.clone(),
            })
        })
        .collect();
    if acceptances.is_empty() {
        return None;
    }
    match policy::accept(&session.project.input.file, &acceptances) {
        Some(text) => Some(Edited { text }),
        None => {
            for chosen in chosen.iter_mut().filter(|chosen| matches!(chosen.choice, Choice::Accept { .. })) {
                let reason = "the document cannot be edited without touching more than `drift.accept`".to_owned();
                chosen.refuse(reason, "write the entry by hand");
            }
            None
        }
    }
}

/// What can be written in one word; larger values would bury the entry.
fn is_scalar(value: &serde_json::Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Whether it is one of the document's, not the name of another place.
fn is_environment(session: &Session, name: &str) -> bool {
    let model = session.build.model.as_ref();
    model.is_some_and(|model| model.environments.iter().any(|(known, _)| known.value == name))
}

/// How many resources of the thing there are in the place.
fn found_of_thing(seen: &[Seen<'_>], found: &Found<'_>) -> usize {
    let drifts = seen.get(found.place).into_iter().flat_map(|seen| &seen.inspection.drifts);
    drifts.filter(|drift| drift.thing == found.drift.thing).count()
}

/// Writes the document, as a whole.
pub(super) fn write(session: &Session, edited: &Edited) -> Result<(), Failure> {
    let path = session.project.input.file.path();
    host::write_file(Path::new(path), &edited.text).map_err(Failure::environment)
}
