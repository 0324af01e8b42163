//! What became of each resource, and what the document changes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use serde_json::Value as Json;

use super::leaves::{LINE, Leaves, spelled};
use super::trial::{Bench, Told, Tried, more};
use super::{Request, print, spell};
use crate::source::Span;

/// A document and what is to be said of it.
pub struct Imported {
    /// The text of the document.
    pub document: String,
    /// The things, each with the logical ids in the templates that it stands for.
    pub things: Vec<(String, Vec<String>)>,
    /// The resources that nothing in the document makes.
    pub left: Vec<Left>,
    /// Those that stand in the document as they are, because no thing makes them.
    pub kept: Vec<Left>,
    /// The resources that are called otherwise: the logical id of the template, and that of the document.
    pub renamed: Vec<(String, String)>,
    /// What is otherwise about the resources that the document makes.
    pub changes: Vec<Change>,
    /// The resources that the document adds: logical id, type and thing.
    pub added: Vec<(String, String, String)>,
    /// What the templates hold beside resources and the document does not.
    pub beside: Vec<Beside>,
    /// The parameters whose values nobody is shown.
    pub hidden: Vec<Hidden>,
    /// By section.
    pub shares: Vec<Share>,
    /// By the logical id of each resource of the templates.
    pub values: BTreeMap<String, Values>,
    /// How many documents were tried.
    pub tries: usize,
}

/// A resource that is not made, or is kept as it is.
pub struct Left {
    pub logical_id: String,
    pub resource_type: String,
    /// The condition of the template under which it is there; a document has none.
    pub condition: Option<String>,
    pub span: Span,
}

/// A parameter whose value is read from a secret from now on.
pub struct Hidden {
    pub parameter: String,
    /// The name of the secret.
    pub secret: String,
    pub span: Span,
}

/// A part of a template that is no resource.
pub struct Beside {
    /// `output`, `condition`, …
    pub what: &'static str,
    pub name: String,
    /// The name under which other stacks import it.
    pub export: Option<String>,
    pub span: Span,
}

/// A value that is otherwise after a round trip.
pub struct Change {
    pub logical_id: String,
    /// What the resource is called afterwards.
    pub new_id: String,
    pub resource_type: String,
    /// `/Environment/Variables/LEVEL`, without places in lists.
    pub pointer: String,
    pub was: Option<String>,
    pub becomes: Option<String>,
    pub span: Span,
}

/// What says the values of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    pub keys: usize,
    pub overrides: usize,
    /// The resource stands in the document as it is.
    pub raw: usize,
    /// Not there, or otherwise.
    pub lost: usize,
}

impl AddAssign for Values {
    fn add_assign(&mut self, other: Self) {
        self.keys += other.keys;
        self.overrides += other.overrides;
        self.raw += other.raw;
        self.lost += other.lost;
    }
}

/// How much of the templates the things of a section say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub section: String,
    pub resources: usize,
    pub values: Values,
}

/// What a search ended with.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    /// What the keys alone ask for.
    pub(super) keys: &'a Tried,
    pub(super) made: &'a Tried,
    /// The logical ids of the resources that are kept as they are.
    pub(super) kept: &'a BTreeSet<String>,
    pub(super) names: &'a BTreeMap<String, String>,
}

pub(super) fn report(request: &Request<'_>, bench: &Bench, document: &Json, outcome: &Outcome<'_>) -> Imported {
    let Outcome { keys, made, kept, names } = *outcome;
    let mut imported = Imported {
        document: print::print(document),
        things: Vec::new(),
        left: Vec::new(),
        kept: Vec::new(),
        renamed: Vec::new(),
        changes: Vec::new(),
        added: Vec::new(),
        beside: beside(request, made, document),
        hidden: hidden(request, document),
        shares: Vec::new(),
        values: BTreeMap::new(),
        tries: bench.count.get(),
    };
    let mut things: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    let mut met = BTreeSet::new();
    for (id, resource) in request.stacks.iter().flat_map(|stack| &stack.resources) {
        let new_id = names.get(id).unwrap_or(id);
        let Some(wanted) = bench.target.resources.get(new_id) else { continue };
        let own = made.resources.get(new_id).filter(|own| own.resource_type == wanted.resource_type);
        let Some(own) = own else {
            imported.values.insert(id.clone(), Values { lost: wanted.len(), ..Values::default() });
            imported.left.push(Left {
                logical_id: id.clone(),
                resource_type: resource.resource_type.clone(),
                condition: resource.condition.clone(),
                span: resource.origin.span.clone(),
            });
            continue;
        };
        met.insert(new_id.clone());
        if new_id != id {
            imported.renamed.push((id.clone(), new_id.clone()));
        }
        if kept.contains(new_id) {
            imported.kept.push(Left {
                logical_id: id.clone(),
                resource_type: resource.resource_type.clone(),
                condition: resource.condition.clone(),
                span: resource.origin.span.clone(),
            });
        }
        let thing = made.things.get(new_id).cloned().unwrap_or_default();
        things.entry(thing.clone()).or_default().push(id.clone());
        let changes = changes(wanted, own);
        let section = thing.split_once('.').map_or(thing.as_str(), |(section, _)| section);
        let share = shares.entry(section.to_owned()).or_default();
        section.clone_into(&mut share.section);
        share.resources += 1;
        let lost = |changes: &[Differs]| changes.iter().filter(|(_, was, _)| was.is_some()).count().min(wanted.len());
        let same = wanted.len() - lost(&changes);
        let before = keys.resources.get(new_id).filter(|own| own.resource_type == wanted.resource_type);
        let by_keys = before.map_or(0, |own| wanted.len() - lost(&self::changes(wanted, own))).min(same);
        let hatches = same - by_keys;
        let (overrides, raw) = if kept.contains(new_id) { (0, hatches) } else { (hatches, 0) };
        let values = Values { keys: by_keys, overrides, raw, lost: lost(&changes) };
        share.values += values;
        imported.values.insert(id.clone(), values);
        imported.changes.extend(changes.into_iter().map(|(pointer, was, becomes)| {
            let placed = was.as_ref().and_then(|was| {
                let mut values = wanted.placed.iter().filter(|(_, told)| told.0 == pointer && told.1 == *was);
                values.next().map(|(placed, _)| placed)
            });
            let value = placed.and_then(|pointer| resource.properties.at(pointer));
            Change {
                logical_id: id.clone(),
                new_id: new_id.clone(),
                resource_type: resource.resource_type.clone(),
                pointer,
                was,
                becomes,
                span: value.map_or(&resource.origin.span, |value| &value.origin.span).clone(),
            }
        }));
    }
    imported.things = things.into_iter().collect();
    imported.shares = shares.into_values().collect();
    imported.added = made
        .resources
        .iter()
        .filter(|(id, _)| !met.contains(*id))
        .map(|(id, leaves)| {
            (id.clone(), leaves.resource_type.clone(), made.things.get(id).cloned().unwrap_or_default())
        })
        .collect();
    imported
}

/// A pointer without places in lists, what was there, and what is there instead.
pub(super) type Differs = (String, Option<String>, Option<String>);

/// All that is otherwise about a resource.
pub(super) fn changes(wanted: &Leaves, own: &Leaves) -> Vec<Differs> {
    let whole = |told: &Told| !told.1.ends_with(LINE);
    let missing = more(wanted, own).into_iter().filter(whole);
    let mut extra: Vec<Told> = more(own, wanted).into_iter().filter(whole).collect();
    let mut found = Vec::new();
    for (_, pointer, was) in missing {
        let instead = extra.iter().position(|(_, other, _)| *other == pointer).map(|at| extra.remove(at).2);
        found.push((pointer, Some(was), instead));
    }
    found.extend(extra.into_iter().map(|(_, pointer, becomes)| (pointer, None, Some(becomes))));
    // Values that are all there but belong together in another way are not the same.
    let told: BTreeSet<String> = found.iter().map(|(pointer, ..)| pointer.clone()).collect();
    let is_new = |pointer: &String| !told.contains(pointer) && !pointer.ends_with(LINE);
    for (placed, (pointer, was)) in wanted.placed.iter().filter(|(_, (pointer, _))| is_new(pointer)) {
        let instead = own.placed.get(placed).map(|(_, text)| text);
        if instead != Some(was) {
            found.push((pointer.clone(), Some(was.clone()), instead.cloned()));
        }
    }
    let elsewhere =
        own.placed.iter().filter(|(placed, (pointer, _))| is_new(pointer) && !wanted.placed.contains_key(*placed));
    found.extend(elsewhere.map(|(_, (pointer, text))| (pointer.clone(), None, Some(text.clone()))));
    found
}

/// The parameters of which the document has a secret instead of the value.
fn hidden(request: &Request<'_>, document: &Json) -> Vec<Hidden> {
    let parameters = request.stacks.iter().flat_map(|stack| &stack.parameters);
    let hidden = parameters.filter(|(_, parameter)| super::hides(parameter)).filter_map(|(id, parameter)| {
        let default = document["params"].get(spell::kebab(id))?["default"].as_str()?;
        let secret = default.strip_prefix(super::HIDDEN)?.strip_suffix("}}")?;
        Some(Hidden { parameter: id.clone(), secret: secret.to_owned(), span: parameter.origin.span.clone() })
    });
    hidden.collect()
}

/// What a template holds beside its resources and a document does not: it has outputs and parameters of its own.
fn beside(request: &Request<'_>, made: &Tried, document: &Json) -> Vec<Beside> {
    let mut found = Vec::new();
    let mut tell = |what: &'static str, name: &str, span: &Span, export: Option<String>| {
        found.push(Beside { what, name: name.to_owned(), span: span.clone(), export });
    };
    for stack in request.stacks {
        for (id, parameter) in &stack.parameters {
            let is_param = document["params"].get(spell::kebab(id)).is_some();
            if !is_param && !made.parameters.contains(id) {
                tell("parameter", id, &parameter.origin.span, None);
            }
        }
        for (name, value) in &stack.conditions {
            tell("condition", name, &value.origin.span, None);
        }
        for (name, value) in &stack.mappings {
            tell("mapping", name, &value.origin.span, None);
        }
        for (name, value) in &stack.rules {
            tell("rule", name, &value.origin.span, None);
        }
        for (name, output) in &stack.outputs {
            let export = output.export.as_ref().map(|name| spelled(name).unwrap_or_else(|| name.to_json().to_string()));
            if !made.outputs.contains(name) || export.is_some() {
                tell("output", name, &output.origin.span, export);
            }
        }
    }
    found
}
