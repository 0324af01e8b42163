//! Which way is taken: pure.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::fill::{Around, fill};
use super::{Decision, Does, Filled, Item, Refused, Step, Tried, Way};
use crate::facts::resources::{self, ResourceType};
use crate::facts::reverts::{self, ChangeKind, Repair};
use crate::reconcile::drift::{Difference, Outcome, ResourceDrift, escape};
use crate::reconcile::resolved::{Resolved, ResolvedResource, first_reason};

/// A resource as it is wanted, and what Cloud Control calls it.
pub(super) struct Target<'a> {
    pub(super) resource: &'a ResolvedResource,
    pub(super) identifier: Option<String>,
}

/// The differences of one property of one resource, or a resource that is gone.
struct Whole<'a> {
    drift: &'a ResourceDrift,
    top: String,
    chosen: Vec<&'a Difference>,
    /// Also differs, but is not to be taken back.
    others: Vec<&'a Difference>,
}

/// What to do about the drifts that are chosen, by ways that were not tried. `change_sets`: whether one may be made.
pub(super) fn next(
    targets: &[Target<'_>],
    drifts: &[ResourceDrift],
    chosen: &dyn Fn(&Item) -> bool,
    tried: &Tried,
    change_sets: bool,
) -> Decision {
    let wholes = wholes(drifts, chosen);
    // A change set takes back all that CloudFormation sees, also what was accepted or changes by design.
    let stays = |drift: &ResourceDrift, difference: Option<&Difference>| {
        !chosen(&Item::of(drift, difference)) && seen_by_change_sets(targets, drift, difference)
    };
    let free = drifts.iter().all(|drift| {
        let gone = drift.outcome == Outcome::Deleted && stays(drift, None);
        !gone && !drift.differences.iter().any(|difference| stays(drift, Some(difference)))
    });
    let mut decision = Decision::default();
    let mut change_set: Option<Step> = None;
    let mut controls: BTreeMap<&str, Vec<&Whole<'_>>> = BTreeMap::new();
    for whole in &wholes {
        let Some(target) = targets.iter().find(|target| target.resource.logical_id == whole.drift.logical_id) else {
            continue;
        };
        let waits = whole.drift.pending.iter().any(|difference| top(&difference.pointer) == whole.top);
        if waits && !whole.gone() {
            let reason = "the document asks for yet another value, which is not deployed";
            decision.refused.extend(whole.refused(reason, "deploy first: `tidegate deploy`"));
            continue;
        }
        let ways = ways(target, whole);
        let used = tried.get(&(whole.drift.logical_id.clone(), whole.top.clone()));
        let is_left = |way: &Way| {
            let may = *way != Way::ChangeSet || (free && change_sets);
            may && !used.is_some_and(|used| used.contains(way))
        };
        match ways.iter().copied().find(is_left) {
            Some(Way::ChangeSet) => {
                let step = change_set.get_or_insert_with(|| Step {
                    items: Vec::new(),
                    resource_type: String::new(),
                    logical_id: None,
                    does: Does::ChangeSet,
                    dangers: Vec::new(),
                });
                step.items.extend(whole.items());
                step.dangers.extend(disturbance(whole));
            }
            Some(Way::Repair) => match repairs(target, whole) {
                Ok(steps) => decision.steps.extend(steps),
                Err(reason) => decision.refused.extend(whole.refused(&reason, BY_HAND)),
            },
            Some(Way::Control) if !whole.others.is_empty() => {
                let reason = "another change of the same property is to stay";
                decision.refused.extend(whole.refused(reason, "choose all changes of the property, or none"));
            }
            Some(Way::Control) => controls.entry(&whole.drift.logical_id).or_default().push(whole),
            None if used.is_some() => {
                decision.refused.extend(whole.refused("it was tried, and the account is still different", BY_HAND));
            }
            None => {
                let (reason, help) = why_not(target, whole, free && change_sets);
                decision.refused.extend(whole.refused(&reason, &help));
            }
        }
    }
    for (logical_id, wholes) in controls {
        if let Some(target) = targets.iter().find(|target| target.resource.logical_id == logical_id) {
            match control(target, &wholes) {
                Ok(step) => decision.steps.push(step),
                Err(reason) => {
                    decision.refused.extend(wholes.iter().flat_map(|whole| whole.refused(&reason, BY_HAND)));
                }
            }
        }
    }
    if let Some(mut step) = change_set {
        step.dangers.sort();
        step.dangers.dedup();
        decision.steps.insert(0, step);
    }
    decision
}

const BY_HAND: &str = "set it in the console to what is wanted, or adopt or accept what is live";

fn wholes<'a>(drifts: &'a [ResourceDrift], chosen: &dyn Fn(&Item) -> bool) -> Vec<Whole<'a>> {
    let mut wholes = Vec::new();
    for drift in drifts {
        if drift.outcome == Outcome::Deleted && chosen(&Item::of(drift, None)) {
            wholes.push(Whole { drift, top: String::new(), chosen: Vec::new(), others: Vec::new() });
        }
        let mut tops: Vec<&str> = drift.differences.iter().map(|difference| top(&difference.pointer)).collect();
        tops.sort_unstable();
        tops.dedup();
        for name in tops {
            let here = drift.differences.iter().filter(|difference| top(&difference.pointer) == name);
            let (chosen, others): (Vec<_>, Vec<_>) =
                here.partition(|difference| chosen(&Item::of(drift, Some(difference))));
            if !chosen.is_empty() {
                wholes.push(Whole { drift, top: name.to_owned(), chosen, others });
            }
        }
    }
    wholes
}

fn top(pointer: &str) -> &str {
    pointer.split('/').nth(1).unwrap_or_default()
}

impl Whole<'_> {
    fn items(&self) -> Vec<Item> {
        match self.chosen.as_slice() {
            [] => vec![Item::of(self.drift, None)],
            chosen => chosen.iter().map(|difference| Item::of(self.drift, Some(difference))).collect(),
        }
    }

    fn refused(&self, reason: &str, help: &str) -> Vec<Refused> {
        let refused = |item| Refused { item, reason: reason.to_owned(), help: help.to_owned() };
        self.items().into_iter().map(refused).collect()
    }

    fn gone(&self) -> bool {
        self.chosen.is_empty()
    }

    fn is_in(&self, patterns: &[String]) -> bool {
        self.chosen.iter().any(|difference| parts(difference).iter().any(|part| resources::covers(patterns, part)))
    }
}

/// Whether a drift-aware change set would take it back as well.
fn seen_by_change_sets(targets: &[Target<'_>], drift: &ResourceDrift, difference: Option<&Difference>) -> bool {
    let target = targets.iter().find(|target| target.resource.logical_id == drift.logical_id);
    let Some(target) = target.filter(|_| reverts::drift_aware(&drift.resource_type)) else { return false };
    let Some(difference) = difference else { return true };
    let facts = resources::get(&drift.resource_type);
    let hidden = facts.is_some_and(|facts| {
        parts(difference)
            .iter()
            .all(|part| resources::covers(&facts.write_only, part) || resources::covers(&facts.create_only, part))
    });
    !hidden && is_declared(target, top(&difference.pointer))
}

/// CloudFormation compares only what the template says.
fn is_declared(target: &Target<'_>, name: &str) -> bool {
    target.resource.properties.get(name).is_some()
}

/// All ways, the first choice first.
fn ways(target: &Target<'_>, whole: &Whole<'_>) -> Vec<Way> {
    let resource_type = whole.drift.resource_type.as_str();
    let Some(facts) = resources::get(resource_type) else { return Vec::new() };
    if whole.gone() {
        return if reverts::drift_aware(resource_type) { vec![Way::ChangeSet] } else { Vec::new() };
    }
    if whole.is_in(&facts.create_only) {
        return Vec::new();
    }
    let mut ways = Vec::new();
    let aware = reverts::drift_aware(resource_type) && is_declared(target, &whole.top);
    if aware && !whole.is_in(&facts.write_only) && facts.updatable {
        ways.push(Way::ChangeSet);
    }
    let repaired = |difference: &&Difference| repair_of(resource_type, difference).is_some();
    if whole.chosen.iter().all(repaired) {
        ways.push(Way::Repair);
    }
    // Cloud Control has the types whose handlers can read; tags of the stack would be lost by a patch of the tags.
    if facts.readable && facts.updatable && target.identifier.is_some() && whole.top != "Tags" {
        ways.push(Way::Control);
    }
    ways
}

fn why_not(target: &Target<'_>, whole: &Whole<'_>, change_sets: bool) -> (String, String) {
    let Whole { drift, top, .. } = whole;
    let resource_type = drift.resource_type.as_str();
    let id = drift.logical_id.as_str();
    let name = target.resource.physical_id.as_deref().unwrap_or(id);
    let Some(facts) = resources::get(resource_type) else {
        return (format!("nothing is known about `{resource_type}`"), BY_HAND.to_owned());
    };
    if whole.gone() {
        return match reverts::drift_aware(resource_type) {
            true => {
                let reason =
                    "only a change set of the stack can make it anew, and that would also take back other changes";
                (reason.to_owned(), "choose to revert all changes of the stack".to_owned())
            }
            false => (
                format!("CloudFormation does not see that `{name}` is gone"),
                format!(
                    "take `{}` out of the document, deploy, put it in again and deploy: then it is made anew",
                    drift.thing
                ),
            ),
        };
    }
    if whole.is_in(&facts.create_only) || !facts.updatable {
        return (
            format!("AWS cannot change {top} of `{resource_type}` in place"),
            format!(
                "give `{}` another name in the document and deploy: a new one is made, the old one removed",
                drift.thing
            ),
        );
    }
    if !change_sets && reverts::drift_aware(resource_type) {
        let reason = "only a change set of the stack can do it, and that would also take back other changes";
        return (reason.to_owned(), "choose to revert all changes of the stack".to_owned());
    }
    (format!("neither CloudFormation nor Cloud Control can change {top} of `{resource_type}`"), BY_HAND.to_owned())
}

fn kind(difference: &Difference) -> ChangeKind {
    match (&difference.wanted, &difference.live) {
        (None, _) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

fn repair_of(resource_type: &str, difference: &Difference) -> Option<&'static Repair> {
    let fits = |repair: &&Repair| parts(difference).iter().all(|part| repair.fits(part, kind(difference)));
    reverts::repairs(resource_type).iter().find(fits)
}

/// The pointers of the values in what differs: an object that is gone, or that nobody asked for, is one difference.
fn parts(difference: &Difference) -> Vec<String> {
    fn walk(pointer: &str, value: Option<&Json>, parts: &mut Vec<String>) {
        match value {
            Some(Json::Object(map)) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| walk(&format!("{pointer}/{}", escape(key)), Some(value), parts));
            }
            _ => parts.push(pointer.to_owned()),
        }
    }
    let mut parts = Vec::new();
    walk(&difference.pointer, difference.wanted.as_ref().or(difference.live.as_ref()), &mut parts);
    parts
}

fn disturbance(whole: &Whole<'_>) -> Option<String> {
    if whole.gone() {
        return Some(format!("makes `{}` anew, empty: what was in it is lost", whole.drift.logical_id));
    }
    resources::get(&whole.drift.resource_type)?.disturbs.clone()
}

/// One step for each repair that is needed: one repair may take back several differences.
fn repairs(target: &Target<'_>, whole: &Whole<'_>) -> Result<Vec<Step>, String> {
    let resource = target.resource;
    let mut steps: Vec<Step> = Vec::new();
    let mut whole_done: Vec<*const Repair> = Vec::new();
    for difference in &whole.chosen {
        let Some(repair) = repair_of(&resource.resource_type, difference) else { continue };
        // Repairs of one item are made for each item, others once.
        let address: *const Repair = repair;
        if repair.of.is_none() && whole_done.contains(&address) {
            if let Some(step) = steps.last_mut() {
                step.items.push(Item::of(whole.drift, Some(difference)));
            }
            continue;
        }
        whole_done.push(address);
        let all = resource.properties.known_json();
        let around = Around {
            id: resource.physical_id.as_deref().unwrap_or_default(),
            top: &whole.top,
            all: &resource.properties,
        };
        let one_or_many = |side: Option<&Json>| match side {
            Some(Json::Array(items)) => items.clone(),
            side => side.cloned().into_iter().collect(),
        };
        let items: Vec<Json> = match repair.each.as_deref() {
            Some("$wanted") => one_or_many(difference.wanted.as_ref()),
            Some("$live") => one_or_many(difference.live.as_ref()),
            Some(pointer) => all.pointer(pointer).and_then(Json::as_array).cloned().unwrap_or_default(),
            None => vec![Json::Null],
        };
        let calls = items.iter().flat_map(|item| repair.calls.iter().map(|pattern| fill(pattern, &around, item)));
        let calls: Vec<Filled> = calls.collect::<Result<_, String>>()?;
        steps.push(Step {
            items: vec![Item::of(whole.drift, Some(difference))],
            resource_type: resource.resource_type.clone(),
            logical_id: Some(resource.logical_id.clone()),
            dangers: dangers_of(repair, &all),
            does: Does::Repair(calls),
        });
    }
    Ok(steps)
}

fn dangers_of(repair: &Repair, all: &Json) -> Vec<String> {
    let restarts = repair.restarts.as_ref().map(|pointer| {
        let keeps = all.pointer(pointer).is_some_and(|value| *value == json!(true) || *value == json!("true"));
        match keeps {
            true => "restarts the job from a snapshot of its state".to_owned(),
            false => "restarts the job WITHOUT its state: snapshots are off".to_owned(),
        }
    });
    restarts.into_iter().chain(repair.disturbs.clone()).collect()
}

/// A patch writes each property as a whole; values that AWS never returns go with it, or they would be lost.
fn control(target: &Target<'_>, wholes: &[&Whole<'_>]) -> Result<Step, String> {
    let resource = target.resource;
    let facts = resources::get(&resource.resource_type).ok_or("nothing is known about the type")?;
    let identifier = target.identifier.clone().ok_or("it is not known what Cloud Control calls the resource")?;
    let mut operations = Vec::new();
    for whole in wholes {
        operations.extend(patch(resource, whole)?);
    }
    for name in hidden(facts) {
        let written = wholes.iter().any(|whole| whole.top == name);
        if let Some(wanted) = resource.properties.get(name).filter(|_| !written) {
            let wanted = wanted.to_json().ok_or_else(|| {
                format!(
                    "AWS never returns {name}, which goes along with every change, and only CloudFormation knows it"
                )
            })?;
            operations.push(json!({ "op": "add", "path": format!("/{name}"), "value": wanted }));
        }
    }
    Ok(Step {
        items: wholes.iter().flat_map(|whole| whole.items()).collect(),
        resource_type: resource.resource_type.clone(),
        logical_id: Some(resource.logical_id.clone()),
        does: Does::Control { identifier, patch: Json::Array(operations) },
        dangers: facts.disturbs.iter().cloned().collect(),
    })
}

/// What writes a property as a whole; where only CloudFormation knows a part of it, what writes the parts that differ.
fn patch(resource: &ResolvedResource, whole: &Whole<'_>) -> Result<Vec<Json>, String> {
    let path = format!("/{}", whole.top);
    let Some(wanted) = resource.properties.get(&unescape(&whole.top)) else {
        return Ok(vec![json!({ "op": "remove", "path": path })]);
    };
    if let Some(wanted) = wanted.to_json() {
        return Ok(vec![json!({ "op": "add", "path": path, "value": wanted })]);
    }
    let is_in_list = |difference: &&Difference| difference.pointer.split('/').any(|part| part.parse::<usize>().is_ok());
    if whole.chosen.iter().any(is_in_list) {
        return Err(unknown_part(wanted));
    }
    let part = |difference: &&Difference| match &difference.wanted {
        Some(wanted) => json!({ "op": "add", "path": difference.pointer, "value": wanted }),
        None => json!({ "op": "remove", "path": difference.pointer }),
    };
    Ok(whole.chosen.iter().map(part).collect())
}

fn unknown_part(wanted: &Resolved) -> String {
    format!("a part of what is wanted is not known here: {}", first_reason(wanted))
}

/// The top-level properties of which AWS never returns a part.
fn hidden(facts: &ResourceType) -> Vec<&str> {
    let mut names: Vec<&str> = facts.write_only.iter().map(|pointer| top(pointer)).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !facts.create_only.iter().any(|pointer| top(pointer) == *name));
    names
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The parts of the primary identifier with `|` between them. `attribute` says what one of the resource is, if it is
/// known.
pub(super) fn identifier(resource: &ResolvedResource, attribute: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let facts = resources::get(&resource.resource_type)?;
    let physical_id = resource.physical_id.clone()?;
    let part = |pointer: &String| {
        let name = pointer.strip_prefix('/')?;
        let given = resource.properties.get(name).and_then(Resolved::to_json);
        let text = given.and_then(|json| json.as_str().map(str::to_owned));
        text.or_else(|| attribute(name))
    };
    match facts.primary_identifier.as_slice() {
        [only] => Some(part(only).unwrap_or(physical_id)),
        _ if physical_id.contains('|') => Some(physical_id),
        parts => parts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("|")),
    }
}
