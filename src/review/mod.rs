//! What a change means to a person: what is replaced, restarted, interrupted, lost, opened, or cannot be taken back,
//! and in which direction it moves the bill.
//!
//! Pure, and it needs no change set: what is deployed is compared with what is wanted, both as [`ResolvedResource`]s.
//! Where there is a change set, [`merge`] adds to it what CloudFormation does not say.

mod compare;
mod facts;
mod flink;
mod offline;
mod permissions;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use crate::desired::{Origin, Stack};
use crate::facts::{lifecycle, resources};
use crate::reconcile::{Danger, Plan, PlannedChange, ResolvedResource};

pub use offline::offline;

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Add,
    Modify,
    Replace,
    /// Whether it is replaced depends on what only CloudFormation knows.
    PerhapsReplace,
    Remove,
}

/// A resource that is not as it was.
#[derive(Clone, Debug)]
pub struct Reviewed {
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: Option<String>,
    pub action: Action,
    pub changed: Vec<Changed>,
    pub effects: Vec<Effect>,
    /// What the templates say shall become of what is removed or replaced.
    pub policy: Option<&'static str>,
    /// `None` when the new template no longer has it.
    pub origin: Option<Origin>,
}

/// A property that is not as it was.
#[derive(Clone, Debug)]
pub struct Changed {
    pub pointer: String,
    pub before: Option<Json>,
    pub after: Option<Json>,
    /// Both sides are known; otherwise only CloudFormation knows whether it changes.
    pub certain: bool,
    pub origin: Option<Origin>,
}

/// What a change means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub kind: EffectKind,
    pub text: String,
    /// The property that it follows from; empty for the whole resource.
    pub pointer: String,
    /// Where the knowledge is from.
    pub source: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A job restarts and keeps what it knows.
    Restart,
    /// Something does not answer, or answers slowly, for a while.
    Interruption,
    DataLoss,
    /// Somebody may do more than before.
    Permission,
    /// It cannot be taken back.
    OneWay,
    Cost(Direction),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
    Unknown,
}

impl Direction {
    fn words(self) -> &'static str {
        match self {
            Direction::Up => "which costs more",
            Direction::Down => "which costs less",
            Direction::Unknown => "which costs something else",
        }
    }
}

impl EffectKind {
    /// The word of the JSON formats.
    pub fn name(self) -> &'static str {
        match self {
            EffectKind::Restart => "restart",
            EffectKind::Interruption => "interruption",
            EffectKind::DataLoss => "data-loss",
            EffectKind::Permission => "wider-permission",
            EffectKind::OneWay => "one-way",
            EffectKind::Cost(Direction::Up) => "cost-up",
            EffectKind::Cost(Direction::Down) => "cost-down",
            EffectKind::Cost(Direction::Unknown) => "cost-unknown",
        }
    }

    /// Whether a person has to say a word of consent.
    pub fn is_danger(self) -> bool {
        !matches!(self, EffectKind::Cost(_))
    }
}

impl Effect {
    /// In one line.
    pub fn line(&self) -> String {
        match self.kind {
            EffectKind::Permission => format!("widens permissions: {}", self.text),
            EffectKind::OneWay => format!("cannot be taken back: {}", self.text),
            EffectKind::DataLoss => format!("loses data: {}", self.text),
            EffectKind::Restart | EffectKind::Interruption | EffectKind::Cost(_) => self.text.clone(),
        }
    }
}

/// A template and its resources as they are, or would be, deployed.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub stack: &'a Stack,
    pub resources: &'a [ResolvedResource],
}

/// When the facts about changes were read.
pub fn facts_date() -> &'static str {
    facts::date()
}

/// What changes from what is deployed to what is wanted, and what that means. Without `before` the stack is new.
pub fn review(before: Option<Side<'_>>, after: Side<'_>) -> Vec<Reviewed> {
    let none = [];
    let old = before.map_or(&none[..], |side| side.resources);
    let find = |resources: &[ResolvedResource], id: &str| resources.iter().position(|it| it.logical_id == id);
    let mut found: Vec<Reviewed> = after
        .resources
        .iter()
        .filter_map(|new| match find(old, &new.logical_id) {
            Some(at) if old[at].resource_type == new.resource_type => modified(&old[at], new),
            Some(at) => Some(retyped(&old[at], new)),
            None => Some(added(new, before.is_none())),
        })
        .collect();
    let gone = old.iter().filter(|old| find(after.resources, &old.logical_id).is_none());
    found.extend(gone.map(|old| removed(old, before)));
    for reviewed in &mut found {
        if matches!(reviewed.action, Action::Replace | Action::PerhapsReplace) {
            let policy = after.stack.resources.get(&reviewed.logical_id).and_then(|it| it.update_replace_policy);
            reviewed.effects.extend(loses(&reviewed.resource_type, policy));
            reviewed.policy = policy;
        }
    }
    found
}

fn added(new: &ResolvedResource, whole: bool) -> Reviewed {
    let properties = compare::marked(&new.properties);
    let mut effects = Vec::new();
    // What a stack that is all new is allowed to do, nobody was forbidden before; nor does a grant to something new widen
    // anything.
    if !whole && permissions::is_grant(&new.resource_type, &properties) && !compare::speaks_of_new(&new.properties) {
        effects.extend(permissions::widened(&new.resource_type, &Json::Null, &properties));
    }
    effects.extend(facts::standing(&new.resource_type, Direction::Up));
    Reviewed {
        logical_id: new.logical_id.clone(),
        resource_type: new.resource_type.clone(),
        physical_id: None,
        action: Action::Add,
        changed: Vec::new(),
        effects,
        policy: None,
        origin: Some(new.origin.clone()),
    }
}

fn removed(old: &ResolvedResource, before: Option<Side<'_>>) -> Reviewed {
    let policy = before.and_then(|side| side.stack.resources.get(&old.logical_id)).and_then(|it| it.deletion_policy);
    let mut effects: Vec<Effect> = loses(&old.resource_type, policy).into_iter().collect();
    effects.extend(facts::standing(&old.resource_type, Direction::Down).filter(|_| !kept(policy)));
    Reviewed {
        logical_id: old.logical_id.clone(),
        resource_type: old.resource_type.clone(),
        physical_id: old.physical_id.clone(),
        action: Action::Remove,
        changed: Vec::new(),
        effects,
        policy,
        origin: None,
    }
}

fn retyped(old: &ResolvedResource, new: &ResolvedResource) -> Reviewed {
    let mut reviewed = added(new, false);
    reviewed.action = Action::Replace;
    reviewed.physical_id.clone_from(&old.physical_id);
    reviewed.effects.extend(loses(&old.resource_type, None));
    reviewed
}

fn modified(old: &ResolvedResource, new: &ResolvedResource) -> Option<Reviewed> {
    let name = new.resource_type.as_str();
    let facts = resources::get(name);
    let unordered = facts.map(|facts| facts.unordered.as_slice()).unwrap_or_default();
    let changed = compare::changes(&old.properties, &new.properties, unordered);
    if changed.is_empty() {
        return None;
    }
    let (before, after) = (compare::marked(&old.properties), compare::marked(&new.properties));
    let create_only = facts.map(|facts| facts.create_only.as_slice()).unwrap_or_default();
    let forces = |changed: &&Changed| {
        resources::covers(create_only, &changed.pointer)
            || create_only.iter().any(|pointer| {
                pointer.starts_with(&format!("{}/", changed.pointer))
                    && before.pointer(pointer) != after.pointer(pointer)
            })
    };
    let forcing: Vec<&Changed> = changed.iter().filter(forces).collect();
    let action = match forcing.as_slice() {
        [] => Action::Modify,
        forcing if forcing.iter().any(|changed| changed.certain) => Action::Replace,
        _ => Action::PerhapsReplace,
    };
    let pointers: Vec<&str> = changed.iter().map(|changed| changed.pointer.as_str()).collect();
    let mut effects = Vec::new();
    if action == Action::Modify {
        effects.extend(flink::effects(name, &before, &after, &pointers));
        effects.extend(facts::effects(name, &before, &after));
        let disturbs = facts.and_then(|facts| facts.disturbs.clone());
        // What a type's updates do in general, where nothing more exact is known.
        let exact = name == flink::TYPE || name.starts_with("AWS::IAM::");
        effects.extend(
            disturbs.filter(|_| !exact && pointers.iter().any(|it| !it.starts_with("/Tags"))).map(|text| Effect {
                kind: EffectKind::Interruption,
                text,
                pointer: String::new(),
                source: None,
            }),
        );
    }
    effects.extend(permissions::widened(name, &before, &after));
    Some(Reviewed {
        logical_id: new.logical_id.clone(),
        resource_type: name.to_owned(),
        physical_id: old.physical_id.clone(),
        action,
        changed,
        effects,
        policy: None,
        origin: Some(new.origin.clone()),
    })
}

fn kept(policy: Option<&str>) -> bool {
    policy.is_some_and(|policy| policy.contains("Retain") || policy.contains("Snapshot"))
}

fn loses(resource_type: &str, policy: Option<&str>) -> Option<Effect> {
    let holds = lifecycle::holds(resource_type).filter(|_| !kept(policy))?;
    Some(Effect { kind: EffectKind::DataLoss, text: holds.to_owned(), pointer: String::new(), source: None })
}

/// Adds to the changes of a change set what CloudFormation does not say of them. Where the two disagree about whether a
/// resource is replaced, the change set is right, and the other is told beside it.
pub fn merge(plan: &mut Plan, reviewed: &[Reviewed]) {
    for planned in &mut plan.changes {
        let Some(seen) = reviewed.iter().find(|seen| seen.logical_id == planned.change.logical_id) else { continue };
        fill_in(planned, &seen.changed);
        add_effects(planned, &seen.effects);
        let replaced = planned.dangers.iter().any(|danger| matches!(danger, Danger::Replaced | Danger::MayBeReplaced));
        if seen.action == Action::Replace && !replaced && !planned.dangers.contains(&Danger::Removed) {
            planned.notes.push(
                "by the type's description it would be replaced; CloudFormation says that it is updated in place"
                    .to_owned(),
            );
        }
    }
}

/// Values that CloudFormation does not say are those of the templates.
fn fill_in(planned: &mut PlannedChange, changed: &[Changed]) {
    for detail in planned.change.details.iter_mut().filter(|it| it.before.is_none() && it.after.is_none()) {
        if let Some(changed) = changed.iter().find(|changed| changed.pointer == detail.pointer) {
            (detail.before, detail.after) = (offline::text(&changed.before), offline::text(&changed.after));
        }
    }
}

/// What is said by CloudFormation's change already is not said twice.
pub(crate) fn add_effects(planned: &mut PlannedChange, effects: &[Effect]) {
    for effect in effects {
        let known = planned.dangers.iter().any(|danger| match danger {
            Danger::Loses(what) | Danger::Touches(what) => *what == effect.text,
            _ => false,
        });
        // An exact word about a restart or a permission stands instead of a general one.
        let general = |danger: &Danger| {
            matches!(danger, Danger::Touches(what) if
                (effect.kind == EffectKind::Permission && what == "changes permissions")
                || (matches!(effect.kind, EffectKind::Restart | EffectKind::DataLoss) && what.starts_with("restarts the job")))
        };
        planned.dangers.retain(|danger| !general(danger));
        match effect.kind.is_danger() {
            true if !known => planned.dangers.push(Danger::Touches(effect.line())),
            true => {}
            false => planned.notes.push(effect.line()),
        }
        planned.effects.push((effect.kind.name(), effect.text.clone()));
    }
}

/// A property's pointer as people write it.
fn shown(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
