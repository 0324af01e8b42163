//! What was agreed to is done: in the account, and in the document.

use std::path::Path;

use super::choose::{Choice, Chosen, Found};
use super::{Seen, progress, show};
use crate::adopt::{self, Adoption, Wish, kebab};
use crate::cli::account::{Session, deployment_failed, place_of};
use crate::cli::applying::Applying;
use crate::cli::{Failure, compile_or_fail, read_project, render};
use crate::host;
use crate::model::logical_id;
use crate::policy::{self, NewAcceptance};
use crate::reconcile::ResourceDrift;
use crate::reconcile::revert::{self, Prepared, Reverted};
use crate::source::SourceFile;

/// Files as they are to be.
pub(super) struct Edited {
    pub(super) files: Vec<EditedFile>,
    /// What is generated changes too.
    pub(super) adopts: bool,
}

pub(super) struct EditedFile {
    /// From the folder that the program runs in.
    pub(super) path: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// Takes back what was prepared, place by place, each under its lock and with its journal. `danger`: also what turns out
/// to be dangerous only on the way.
pub(super) fn reverts(
    session: &Session,
    seen: &[Seen<'_>],
    prepared: Vec<Prepared>,
    danger: bool,
    with_locks: bool,
) -> Result<Vec<Reverted>, Failure> {
    let mut all = Vec::new();
    for (seen, prepared) in seen.iter().zip(prepared) {
        if prepared.decision.steps.is_empty() {
            all.push(Reverted::default());
            continue;
        }
        let environment = &seen.place.deployment.environment;
        let mut applying = Applying::begin(session.project.input.file.path(), environment, "reconcile", with_locks)?;
        let outcome = applying.lock(&seen.place).and_then(|()| {
            applying.resume(&seen.place, &seen.request())?;
            // Who agreed has seen the dangers that there were.
            let danger = danger || !show::dangers(&prepared).is_empty();
            let (account, request) = (&seen.place.account, seen.request());
            revert::revert(account, &request, prepared, danger, &mut applying.journal, &mut progress)
                .map_err(|error| deployment_failed(&error))
        });
        all.push(applying.end(session, outcome)?);
    }
    Ok(all)
}

/// The document with what is adopted and accepted; `None` when nothing of it changes.
pub(super) fn edited(
    session: &Session,
    seen: &[Seen<'_>],
    found: &[Found<'_>],
    chosen: &mut [Chosen],
) -> Option<Edited> {
    let input = &session.project.input;
    let mut files: Vec<EditedFile> = Vec::new();
    for adoption in adoptions(session, seen, found, chosen) {
        match files.iter_mut().find(|file| file.path == adoption.path) {
            Some(file) => file.after = adoption.text,
            None => {
                let span = adoption.edits.first().map(|edit| edit.span.file.text().to_owned());
                let before = span.unwrap_or_default();
                files.push(EditedFile { path: adoption.path, before, after: adoption.text });
            }
        }
    }
    let adopts = !files.is_empty();
    let main = files.iter().find(|file| file.path == input.file.path()).map(|file| file.after.clone());
    let text = main.unwrap_or_else(|| input.file.text().to_owned());
    if let Some(after) = accepted(session, &text, seen, found, chosen) {
        match files.iter_mut().find(|file| file.path == input.file.path()) {
            Some(file) => file.after = after,
            None => {
                let (path, before) = (input.file.path().to_owned(), input.file.text().to_owned());
                files.push(EditedFile { path, before, after });
            }
        }
    }
    (!files.is_empty()).then_some(Edited { files, adopts })
}

/// Edits after which the document asks for what is live; what cannot be said there is refused.
fn adoptions(session: &Session, seen: &[Seen<'_>], found: &[Found<'_>], chosen: &mut [Chosen]) -> Vec<Adoption> {
    let mut wishes = Vec::new();
    let mut wished = Vec::new();
    for (index, found) in found.iter().enumerate() {
        if chosen[index].choice != Choice::Adopt {
            continue;
        }
        match (found.difference, seen.get(found.place)) {
            (Some(difference), Some(seen)) => {
                wished.push(index);
                wishes.push(Wish {
                    stack: seen.place.deployment.stack_name.clone(),
                    environment: found.environment.to_owned(),
                    logical_id: found.drift.logical_id.clone(),
                    pointer: difference.pointer.clone(),
                    live: difference.live.clone(),
                    origin: difference.origin.clone(),
                });
            }
            _ => {
                let reason = "what is gone is no value that a document could ask for".to_owned();
                chosen[index].refuse(reason, &removal(found.drift));
            }
        }
    }
    if wishes.is_empty() {
        return Vec::new();
    }
    let mut adoptions = Vec::new();
    for (index, answer) in wished.into_iter().zip(adopt::adopt(&session.project.input, &wishes)) {
        match answer {
            Ok(adoption) => {
                chosen[index].says = Some(format!("by {}: {}", adoption.means.words(), adoption.says));
                adoptions.push(adoption);
            }
            Err(refusal) => chosen[index].refuse(refusal.says, &refusal.help),
        }
    }
    adoptions.sort_by_key(|one: &Adoption| one.turn);
    adoptions
}

/// What a person does who wants a resource to stay gone.
fn removal(gone: &ResourceDrift) -> String {
    let ResourceDrift { thing, logical_id: id, .. } = gone;
    let own = thing.split_once('.').map(|(section, name)| logical_id(section, name, "")).unwrap_or_default();
    let suffix = id.strip_prefix(&own).unwrap_or_default();
    let alarm = suffix.strip_suffix("Alarm").filter(|_| gone.resource_type == "AWS::CloudWatch::Alarm");
    match alarm {
        _ if own == *id => format!("take `{thing}` out of the document and deploy, or revert it"),
        Some(alarm) => {
            let alarm = kebab(alarm);
            format!("write `alarms: {{except: {{{thing}: {{{alarm}: false}}}}}}` and deploy, or revert it")
        }
        None => format!("take out what asks for it at {} and deploy, or revert it", place_of(&gone.origin)),
    }
}

/// The text with what is accepted; `None` when nothing is.
fn accepted(
    session: &Session,
    text: &str,
    seen: &[Seen<'_>],
    found: &[Found<'_>],
    chosen: &mut [Chosen],
) -> Option<String> {
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
    let text = policy::accept(&SourceFile::new(session.project.input.file.path(), text), &acceptances);
    if text.is_none() {
        for chosen in chosen.iter_mut().filter(|chosen| matches!(chosen.choice, Choice::Accept { .. })) {
            let reason = "the document cannot be edited without touching more than `drift.accept`".to_owned();
            chosen.refuse(reason, "write the entry by hand");
        }
    }
    text
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

/// Writes the files, each as a whole, and what is generated from them.
pub(super) fn write(session: &Session, edited: &Edited) -> Result<(), Failure> {
    for file in &edited.files {
        host::write_file(Path::new(&file.path), &file.after).map_err(Failure::environment)?;
    }
    if !edited.adopts {
        return Ok(());
    }
    let project = read_project(session.project.input.file.path())?;
    let build = compile_or_fail(&project)?;
    let folder = render::folder_of(&project, &build, None)?;
    host::write_artifacts(&folder, &build.artifacts).map(drop).map_err(Failure::environment)
}
