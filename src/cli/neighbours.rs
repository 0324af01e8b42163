//! What `tidegate status` says of the things beside Flink whose releases are more than an update of the stack.

use serde_json::{Value as Json, json};

use super::account::{Place, Session};
use super::releasable::minute;
use super::running;
use crate::operate::{Record, Services, Standing, standing};
use crate::release::Shown;

/// One thing in the place of its stack.
pub(super) struct Neighbour {
    /// `functions.rider`
    thing: String,
    shown: Shown,
    standing: Standing,
    record: Option<Record>,
    /// Why the record could not be read.
    unread: Option<String>,
}

/// All things of a document that a pipeline releases and whose releases have no contract.
pub(super) fn all(session: &Session) -> Vec<(String, String, Shown)> {
    let Some(model) = &session.build.model else { return Vec::new() };
    let mut found = Vec::new();
    for entry in &model.entries {
        let Some(thing) = &entry.thing else { continue };
        for (environment, _) in &model.environments {
            let shown = thing.shown(entry, model, &environment.value);
            found.extend(shown.map(|shown| (entry.path(), environment.value.clone(), shown)));
        }
    }
    found
}

/// What is released in the stack of a place.
pub(super) fn look(session: &Session, place: &Place<'_>) -> Vec<Neighbour> {
    let stack = &place.deployment.stack_name;
    let here = all(session).into_iter().filter(|(_, _, shown)| shown.stack == *stack);
    here.map(|(thing, _, shown)| see(thing, shown, Services { cloud: &place.account })).collect()
}

fn see(thing: String, shown: Shown, services: Services<'_>) -> Neighbour {
    let standing = standing(services, &shown);
    let (record, unread) = match services.parameter(&shown.record) {
        Ok(found) => (found.and_then(|found| Record::read(&found.value)), None),
        Err(error) => (None, Some(error.with_hint())),
    };
    Neighbour { thing, shown, standing, record, unread }
}

impl Neighbour {
    pub(super) fn json(&self) -> Json {
        json!({
            "thing": self.thing,
            "application": self.shown.name,
            "running": (self.standing.there != Some(false)).then(|| self.standing.json()),
            "commit": self.standing.commit,
            "release": super::release::as_json(self.record.as_ref()),
            "held-by": null,
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Shown { what, name, stack, .. } = &self.shown;
        let mut lines = match self.standing.there {
            Some(false) => vec![format!("  {}: no {what} {name}; the stack {stack} makes it", self.thing)],
            Some(true) => vec![format!("  {}: {}", self.thing, self.standing.line(&self.shown, minute))],
            None => vec![format!("  {}: not known", self.thing)],
        };
        lines.extend(self.standing.notes.iter().map(|note| format!("    {note}")));
        lines.extend(self.standing.unread.iter().map(|reason| format!("    not known: {reason}")));
        let release = self.record.as_ref().map(running::release).unwrap_or_default();
        lines.extend(release.iter().map(|line| format!("    {line}")));
        lines.extend(self.unread.as_ref().map(|reason| format!("    last release: not known: {reason}")));
        lines
    }
}
