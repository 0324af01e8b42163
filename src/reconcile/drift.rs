//! What the live account has otherwise than the template: pure.
//!
//! Each property of each resource is either compared or listed as unchecked with the reason; nothing is silently in
//! sync.

use serde_json::Value as Json;

use super::class::Class;
use super::compare::{Comparison, Whole, told_once};
use super::ledger::{Entry, State};
use super::mutators;
use super::normalize;
use super::resolved::{Resolved, ResolvedKind, ResolvedResource};
use crate::cloud::{Detected, DetectedStatus, Live, Observation};
use crate::desired::{Acceptance, Origin};
use crate::facts::resources;

/// One resource against its live state.
#[derive(Clone, Debug)]
pub struct ResourceDrift {
    pub logical_id: String,
    pub resource_type: String,
    /// The authored thing it belongs to.
    pub thing: String,
    pub physical_id: Option<String>,
    pub origin: Origin,
    pub outcome: Outcome,
    /// Who decided to live with its being gone.
    pub accepted: Option<Acceptance>,
    /// Between the deployed template and the account.
    pub differences: Vec<Difference>,
    /// Between the document and the deployed template: `live` is what is deployed.
    pub pending: Vec<Difference>,
    /// What the template sets and nobody could compare.
    pub unchecked: Vec<Unchecked>,
    /// What became of each property, also of those that the template does not set.
    pub ledger: Vec<Entry>,
    /// How many values of the template were compared.
    pub compared: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one property was compared, or there is none to compare.
    Compared,
    /// The stack has the resource, the account has not.
    Deleted,
    /// The stack has no such resource: it waits for a deployment.
    NotDeployed,
    /// Nothing was compared, for this reason.
    NotCheckable(String),
}

/// A property that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// JSON pointer below the properties; where only the live side has the item of a list, with the live index.
    pub pointer: String,
    /// The same in words: `Stages[Deploy].Actions[Approve]`.
    pub path: String,
    /// `None`: the template does not ask for what is there.
    pub wanted: Option<Json>,
    /// `None`: what the template asks for is not there.
    pub live: Option<Json>,
    /// Who decided to live with it.
    pub accepted: Option<Acceptance>,
    /// Of the wanted value, else of the nearest value around it.
    pub origin: Origin,
    pub class: Class,
}

/// A property that was not compared.
#[derive(Clone, Debug)]
pub struct Unchecked {
    pub pointer: String,
    /// A clause that says why.
    pub reason: String,
    pub origin: Origin,
}

impl Difference {
    /// A whole object of the template is not there.
    pub fn is_gone(&self) -> bool {
        self.live.is_none() && self.wanted.as_ref().is_some_and(Json::is_object)
    }
}

impl ResourceDrift {
    /// Nothing is known of it yet, and the stack has no such resource.
    pub(super) fn new(resource: &ResolvedResource) -> Self {
        Self {
            logical_id: resource.logical_id.clone(),
            resource_type: resource.resource_type.clone(),
            thing: resource.thing.clone(),
            physical_id: resource.physical_id.clone(),
            origin: resource.origin.clone(),
            outcome: Outcome::NotDeployed,
            accepted: None,
            differences: Vec::new(),
            pending: Vec::new(),
            unchecked: Vec::new(),
            ledger: Vec::new(),
            compared: 0,
        }
    }

    /// Somebody changed it behind the back of the document, and nobody has accepted that.
    pub fn drifted(&self) -> bool {
        let counts = |difference: &Difference| difference.class.is_drift() && difference.accepted.is_none();
        (self.outcome == Outcome::Deleted && self.accepted.is_none()) || self.differences.iter().any(counts)
    }

    /// All differences, from the document to the account.
    pub fn all(&self) -> impl Iterator<Item = &Difference> {
        self.pending.iter().chain(&self.differences)
    }
}

/// What was seen of one resource: by a reader, and by CloudFormation's drift detection if that was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    pub observation: Observation,
    pub detected: Option<Detected>,
}

/// Compares each resource with what was seen of it, in the same order. Resources for which nothing was seen at all
/// are not checkable.
///
/// CloudFormation's own detection compares with the deployed template, so `deployed` must be what is deployed where
/// a type has no reader.
pub fn compare(deployed: &[ResolvedResource], seen: &[Seen]) -> Vec<ResourceDrift> {
    let nothing = Seen { observation: Observation::Unread("it was not looked at".to_owned()), detected: None };
    let seen = seen.iter().chain(std::iter::repeat(&nothing));
    let compared = deployed.iter().zip(seen).map(|(resource, seen)| {
        let (mut drift, wholes) = compare_one(resource, seen);
        mutators::classify(&mut drift, resource, deployed);
        drift.differences = told_once(std::mem::take(&mut drift.differences), &wholes);
        drift
    });
    compared.collect()
}

/// Also which of the differences belong together.
fn compare_one(resource: &ResolvedResource, seen: &Seen) -> (ResourceDrift, Vec<Whole>) {
    let mut drift = ResourceDrift::new(resource);
    let detected_gone = seen.detected.as_ref().is_some_and(|detected| detected.status == DetectedStatus::Deleted);
    if resource.physical_id.is_none() {
        return (drift, Vec::new());
    }
    drift.outcome = Outcome::Compared;
    if seen.observation == Observation::Missing || detected_gone {
        drift.outcome = Outcome::Deleted;
        return (drift, Vec::new());
    }
    let sources = Sources::of(resource, seen);
    let unread = sources.live.map(|live| live.unread.as_slice()).unwrap_or_default();
    let mut comparison = Comparison::without(normalize::rules(&resource.resource_type), unread);
    let properties = match &resource.properties.kind {
        ResolvedKind::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    for (name, wanted) in properties {
        sources.compare_property(&mut comparison, name, wanted);
    }
    sources.find_detected_elsewhere(&mut comparison, &resource.properties);
    sources.find_undeclared(&mut comparison, &resource.properties);
    sources.account_for_the_rest(&mut comparison, &resource.properties);
    let compared = comparison.done();
    (drift.differences, drift.unchecked, drift.ledger) = (compared.differences, compared.unchecked, compared.ledger);
    let looked_at = |entry: &&Entry| entry.declared && matches!(entry.state, State::Compared | State::Hashed);
    drift.compared = drift.ledger.iter().filter(looked_at).count();
    if drift.compared == 0
        && drift.differences.is_empty()
        && let Some(first) = drift.unchecked.first()
    {
        drift.outcome = Outcome::NotCheckable(first.reason.clone());
    }
    (drift, compared.wholes)
}

/// Where the live value of a property can come from, best first.
struct Sources<'a> {
    resource_type: &'a str,
    live: Option<&'a Live>,
    detected: Option<&'a Detected>,
    /// Why there is nothing better.
    unread: Vec<&'a str>,
}

impl<'a> Sources<'a> {
    fn of(resource: &'a ResolvedResource, seen: &'a Seen) -> Self {
        let (live, unread) = match &seen.observation {
            Observation::Live(live) => (Some(live), None),
            Observation::Unread(reason) => (None, Some(reason.as_str())),
            Observation::NoReader | Observation::Missing => (None, None),
        };
        let (detected, gave_up) = match &seen.detected {
            Some(Detected { status: DetectedStatus::NotChecked(reason), .. }) => (None, Some(reason.as_str())),
            detected => (detected.as_ref(), None),
        };
        Self {
            resource_type: &resource.resource_type,
            live,
            detected,
            unread: unread.into_iter().chain(gave_up).collect(),
        }
    }

    fn compare_property(&self, comparison: &mut Comparison<'_>, name: &str, wanted: &Resolved) {
        let pointer = format!("/{}", escape(name));
        let unread = self.unread(&pointer);
        let covered = self.live.filter(|live| live.covers.iter().any(|covered| covered == name));
        match (covered, unread) {
            (Some(live), None) => comparison.compare(&pointer, name, wanted, live.properties.get(name)),
            (_, Some(reason)) => comparison.leave_all(&pointer, wanted, reason),
            (None, None) => self.compare_detected(comparison, &pointer, name, wanted),
        }
    }

    /// Why a reader could not look at a whole property.
    fn unread(&self, pointer: &str) -> Option<&'a str> {
        let found = self.live?.unread.iter().find(|(unread, _)| unread == pointer);
        found.map(|(_, reason)| reason.as_str())
    }

    /// CloudFormation compares only what the template says, and reports only what differs.
    fn compare_detected(&self, comparison: &mut Comparison<'_>, pointer: &str, name: &str, wanted: &Resolved) {
        let facts = resources::get(self.resource_type);
        let write_only = facts.map(|facts| facts.write_only.as_slice()).unwrap_or_default();
        let Some(detected) = self.detected else {
            let never = self.live.is_some() && resources::covers(write_only, pointer);
            let reason = if never { "AWS never returns this property".to_owned() } else { self.why_not() };
            return comparison.leave_all(pointer, wanted, &reason);
        };
        let below = |difference: &str| {
            difference.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let differences: Vec<_> = detected.differences.iter().filter(|found| below(&found.pointer)).collect();
        let written = |pointer: &str| {
            resources::covers(write_only, pointer).then_some("AWS never returns this property, and there is no reader")
        };
        comparison.accept(pointer, wanted, &written);
        for found in differences {
            comparison.report_found(pointer, name, wanted, found);
        }
    }

    /// Why nobody looked at a property.
    fn why_not(&self) -> String {
        let facts = resources::get(self.resource_type);
        if !self.unread.is_empty() {
            self.unread.join("; ")
        } else if self.live.is_some() {
            "the reader does not know this property".to_owned()
        } else if facts.is_some_and(|facts| !facts.readable) {
            format!("CloudFormation cannot detect drift of `{}`, and there is no reader", self.resource_type)
        } else {
            "nothing read it".to_owned()
        }
    }

    /// What the type knows, and neither the template sets nor the account has.
    fn account_for_the_rest(&self, comparison: &mut Comparison<'_>, properties: &Resolved) {
        for name in normalize::rules(self.resource_type).settable("") {
            let pointer = format!("/{}", escape(name));
            let covered = self.live.filter(|live| live.covers.iter().any(|covered| covered == name));
            // Tags that others have set are as they should be.
            let there = name != "Tags" && covered.is_some_and(|live| live.properties.get(name).is_some());
            if properties.get(name).is_some() || self.unread(&pointer).is_some() || there {
                continue;
            }
            match (covered, self.detected) {
                (Some(_), _) => comparison.absent(&pointer),
                (None, Some(_)) => {
                    comparison.overlook(&pointer, "CloudFormation compares only what the template sets");
                }
                (None, None) => comparison.overlook(&pointer, &self.why_not()),
            }
        }
    }

    /// What CloudFormation found outside of what the template mentions, unless a reader covers it.
    fn find_detected_elsewhere(&self, comparison: &mut Comparison<'_>, properties: &Resolved) {
        for found in self.detected.iter().flat_map(|detected| &detected.differences) {
            let name = found.pointer.split('/').nth(1).unwrap_or_default();
            let covered = self.live.is_some_and(|live| live.covers.iter().any(|covered| covered == name));
            if properties.get(name).is_none() && !covered {
                comparison.report_found(&format!("/{name}"), name, properties, found);
            }
        }
    }

    /// What a reader found, or could not look at, that the template does not mention at all.
    fn find_undeclared(&self, comparison: &mut Comparison<'_>, properties: &Resolved) {
        let Some(live) = self.live else { return };
        for (pointer, reason) in &live.unread {
            // A part of a property is told where the property is compared.
            let whole = !pointer[1..].contains('/');
            if whole && properties.get(&pointer[1..]).is_none() {
                comparison.leave(pointer, reason, &properties.origin);
            }
        }
        for (name, value) in live.properties.as_object().into_iter().flatten() {
            let declared = properties.get(name).is_some();
            if !declared && live.covers.contains(name) && name != "Tags" {
                comparison.undeclared(&format!("/{}", escape(name)), name, value, &properties.origin);
            }
        }
    }
}

/// A key as part of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
