//! Trying a document: what it asks for, and how far that is from what is wanted.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::examples;
use super::leaves::{self, LINE, Leaves};
use super::shape::{self, Schema};
use crate::compile::{self, Input};
use crate::desired::{Resource, Stack};
use crate::diagnostic::{Diagnostic, Level};
use crate::model::logical_id;
use crate::settings::Scope;
use crate::source::{Files, SourceFile};

/// A resource that a template has and the document does not ask for yet weighs this much more than its values.
const MISSING: f64 = 3.0;
/// A resource whose logical id changes.
const OTHERWISE_NAMED: f64 = 1.0;
/// The own resource of a thing: without it, the thing is not there.
const MAIN: f64 = 60.0;
/// A value that nobody asked for in a resource that the template does not have.
const ADDED: f64 = 0.3;
/// A value that nobody asked for.
const EXTRA: f64 = 0.6;
/// A line of a text.
const ONE_LINE: f64 = 0.2;
/// A letter of the document: of two that ask for the same the shorter is better.
const LETTER: f64 = 0.005;
const ERROR: f64 = 1.2;
/// What cannot be read makes nothing that could be compared.
const UNREAD: f64 = 100.0;
/// A name or text that is not known.
const UNKNOWN: f64 = 0.8;
/// A value that is there, but at another place of a list.
const MISPLACED: f64 = 0.02;

/// What a template has, under the logical ids that the document gives.
#[derive(Default)]
pub(super) struct Target {
    pub(super) resources: BTreeMap<String, Leaves>,
}

/// What a document asks for.
#[derive(Default)]
pub(super) struct Tried {
    pub(super) resources: BTreeMap<String, Rc<Leaves>>,
    /// The thing of each resource.
    pub(super) things: BTreeMap<String, String>,
    /// The properties of each resource, and whether it is in the stack of an environment.
    pub(super) properties: BTreeMap<String, (Json, bool)>,
    /// What is wrong with the document itself.
    pub(super) penalty: f64,
    /// How many errors there are.
    pub(super) problems: usize,
    /// The values that expressions stand for: `${TripsStream}` and `streams.trips.name`.
    pub(super) phrases: Vec<(String, String)>,
    /// The names of the outputs and parameters of all its templates.
    pub(super) outputs: BTreeSet<String>,
    pub(super) parameters: BTreeSet<String>,
    /// What things have parts: `catalogs.lake.trips`.
    pub(super) parts: Vec<String>,
}

/// What this program makes, and where.
#[derive(Default)]
pub(super) struct Habits {
    /// The types of resources that things make under their own names; those of others are shared.
    under_things: BTreeSet<String>,
    application: BTreeSet<String>,
    delivery: BTreeSet<String>,
    /// The sections whose things make nothing in an environment.
    pub(super) sections_of_delivery: BTreeSet<String>,
}

impl Habits {
    pub(super) fn is_shared(&self, resource_type: &str) -> bool {
        !self.under_things.contains(resource_type) && self.delivery.contains(resource_type)
    }

    /// Whether a template holds what builds and releases, and no part of an environment.
    pub(super) fn is_delivery(&self, stack: &Stack) -> bool {
        let types = || stack.resources.values().map(|resource| &resource.resource_type);
        let only = |own: &BTreeSet<String>, other: &BTreeSet<String>| {
            types().filter(|it| own.contains(*it) && !other.contains(*it)).count()
        };
        let delivery = only(&self.delivery, &self.application);
        !stack.parameters.contains_key(super::ENVIRONMENT)
            && delivery > 0
            && delivery > only(&self.application, &self.delivery)
    }
}

/// A value of a resource: its type, the pointer without places in lists, and the text.
pub(super) type Told = (String, String, String);

/// Where documents are tried.
pub(super) struct Bench {
    pub(super) schema: Schema,
    pub(super) sections: Vec<&'static str>,
    pub(super) target: Target,
    pub(super) path: String,
    files: Arc<dyn Files>,
    /// The paths of all files beside the document.
    pub(super) paths: Vec<String>,
    tried: RefCell<BTreeMap<String, Rc<Tried>>>,
    pub(super) count: Cell<usize>,
    /// Whether what names a thing counts as well when it is tried.
    pub(super) with_others: Cell<bool>,
    pub(super) learned: RefCell<super::learn::Learned>,
    /// The things of the examples of all pages, the short ones first; what they name is beside them.
    pub(super) examples: BTreeMap<String, Vec<Json>>,
    /// The sections whose things need more than the least that the schema allows.
    pub(super) demanding: BTreeSet<&'static str>,
    own_ids: RefCell<BTreeMap<String, Rc<str>>>,
    /// By type and what it says: most of what two documents make is the same.
    leaves: RefCell<BTreeMap<String, Rc<Leaves>>>,
}

/// So many files are looked at when a key may name one.
const FILES: usize = 2_000;

/// The paths of the files beside a document, without those of tools.
fn paths(files: &dyn Files) -> Vec<String> {
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![String::new()], 0);
    while let Some(folder) = waiting.pop() {
        let below = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let here = if folder.is_empty() { "." } else { folder.as_str() };
        found.extend(files.list(here).unwrap_or_default().into_iter().map(below));
        seen += 1;
        if found.len() + seen > FILES {
            return Vec::new();
        }
        let folders = files.folders(here).into_iter();
        let own = folders.filter(|name| !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()));
        waiting.extend(own.map(below));
    }
    found.sort();
    found
}

impl Bench {
    pub(super) fn new(target: Target, path: &str, files: Arc<dyn Files>) -> Self {
        let sections = compile::sections_of_things();
        Self {
            schema: Schema::new(),
            sections,
            target,
            path: path.to_owned(),
            paths: paths(&*files),
            files,
            tried: RefCell::default(),
            count: Cell::new(0),
            with_others: Cell::new(false),
            learned: RefCell::default(),
            examples: examples::things(),
            demanding: BTreeSet::new(),
            own_ids: RefCell::default(),
            leaves: RefCell::default(),
        }
    }

    /// The logical id of a thing's own resource.
    pub(super) fn own_id(&self, thing: &str) -> Rc<str> {
        if let Some(known) = self.own_ids.borrow().get(thing) {
            return Rc::clone(known);
        }
        let id: Rc<str> = own_id(thing).into();
        self.own_ids.borrow_mut().insert(thing.to_owned(), Rc::clone(&id));
        id
    }

    /// The things of a section that its pages show.
    pub(super) fn shown(&self, section: &str) -> Vec<Json> {
        self.examples.get(section).cloned().unwrap_or_default()
    }

    /// What was learned of types and sections by all that was tried.
    pub(super) fn habits(&self) -> Habits {
        let mut habits = Habits::default();
        let (mut application, mut delivery) = (BTreeSet::new(), BTreeSet::new());
        for tried in self.tried.borrow().values() {
            for (id, leaves) in &tried.resources {
                let resource_type = &leaves.resource_type;
                let thing = tried.things.get(id).filter(|thing| thing.contains('.'));
                let section = thing.and_then(|thing| thing.split_once('.')).map(|(section, _)| section.to_owned());
                if thing.is_some_and(|thing| id.starts_with(&*self.own_id(thing))) {
                    habits.under_things.insert(resource_type.clone());
                }
                if tried.properties.get(id).is_some_and(|(_, is_application)| *is_application) {
                    habits.application.insert(resource_type.clone());
                    application.extend(section);
                } else {
                    habits.sections_of_delivery.extend(section.clone());
                    delivery.insert((section, resource_type.clone()));
                }
            }
        }
        habits.sections_of_delivery.retain(|section| !application.contains(section));
        // What a thing of an environment leaves in the delivery may be anywhere in other templates.
        delivery.retain(|(section, _)| section.as_ref().is_none_or(|it| habits.sections_of_delivery.contains(it)));
        habits.delivery = delivery.into_iter().map(|(_, resource_type)| resource_type).collect();
        habits
    }

    /// The paths of all things of a document, and of its environments.
    pub(super) fn things(&self, document: &Json) -> Vec<String> {
        let sections = self.sections.iter().copied().chain(["environments"]);
        let paths = sections.flat_map(|section| {
            let things = document[section].as_object().into_iter().flatten();
            things.map(move |(name, _)| format!("{section}.{name}"))
        });
        paths.collect()
    }

    /// Compiles a document, once.
    pub(super) fn compile(&self, document: &Json) -> Rc<Tried> {
        let text = document.to_string();
        if let Some(known) = self.tried.borrow().get(&text) {
            return Rc::clone(known);
        }
        self.count.set(self.count.get() + 1);
        let environments = document["environments"].as_object().into_iter().flat_map(Map::keys).cloned();
        let environments: Vec<String> = environments.collect();
        let tried = Rc::new(self.compile_text(&text, &environments));
        self.tried.borrow_mut().insert(text, Rc::clone(&tried));
        tried
    }

    fn compile_text(&self, text: &str, environments: &[String]) -> Tried {
        let input = Input {
            file: SourceFile::new(&*self.path, text),
            path: self.path.clone(),
            files: Arc::clone(&self.files),
            settings: Scope::default(),
            today: None,
        };
        let sketch = compile::sketch(&input);
        let errors = |found: &[Diagnostic]| found.iter().filter(|found| found.level() == Level::Error).count();
        let penalty = errors(&sketch.diagnostics) as f64 * ERROR
            + errors(&sketch.unread) as f64 * UNREAD
            + text.matches(shape::PROBE).count() as f64 * UNKNOWN
            + text.len() as f64 * LETTER;
        let problems = errors(&sketch.diagnostics) + errors(&sketch.unread);
        let mut tried = Tried { penalty, problems, ..Tried::default() };
        let stacks = sketch.desired.stacks.iter();
        let all = stacks.flat_map(|stack| stack.resources.iter().map(move |(id, resource)| (stack, id, resource)));
        for (stack, id, resource) in all {
            let is_application = stack.parameters.contains_key(super::ENVIRONMENT)
                || stack.deployments.iter().any(|it| environments.contains(&it.environment));
            let properties = resource.properties.to_json();
            tried.resources.insert(id.clone(), self.leaves_of(resource, &properties));
            tried.properties.insert(id.clone(), (properties, is_application));
            tried.things.insert(id.clone(), resource.thing.clone());
        }
        for stack in &sketch.desired.stacks {
            tried.outputs.extend(stack.outputs.keys().cloned());
            tried.parameters.extend(stack.parameters.keys().cloned());
        }
        for (phrase, value) in sketch.phrases {
            tried.phrases.extend(leaves::spelled(&value).map(|text| (text, phrase)));
        }
        tried.phrases.sort_by(|(a, _), (b, _)| (b.len(), a).cmp(&(a.len(), b)));
        tried.parts = sketch.parts;
        tried
    }

    fn leaves_of(&self, resource: &Resource, properties: &Json) -> Rc<Leaves> {
        let Resource { resource_type, depends_on, condition, deletion_policy, update_replace_policy, .. } = resource;
        let attributes: Vec<(&String, Json)> =
            resource.attributes.iter().map(|(name, value)| (name, value.to_json())).collect();
        let key = format!(
            "{resource_type}{properties}{depends_on:?}{condition:?}{deletion_policy:?}{update_replace_policy:?}{attributes:?}"
        );
        let mut known = self.leaves.borrow_mut();
        Rc::clone(known.entry(key).or_insert_with(|| Rc::new(Leaves::of(resource, &str::to_owned))))
    }

    /// The things that name another.
    fn naming(&self, document: &Json, thing: &str) -> Vec<String> {
        let names = |other: &String| {
            let (section, name) = other.split_once('.').unwrap_or_default();
            let mut found = false;
            each_text(&document[section][name], &mut |text| {
                found |= text.contains(thing) && self.named(text).iter().any(|it| it == thing);
            });
            found
        };
        self.things(document).into_iter().filter(|other| !shape::is_of(other, "environments") && names(other)).collect()
    }

    /// The part of a document that a thing needs: the thing, and all that it names. What others make of it may be added.
    pub(super) fn around(&self, document: &Json, thing: &str) -> Json {
        let mut wanted = BTreeSet::new();
        let mut waiting = vec![thing.to_owned()];
        if self.with_others.get() && !thing.is_empty() {
            waiting.extend(self.naming(document, thing));
        }
        while let Some(path) = waiting.pop() {
            let Some((section, name)) = path.split_once('.') else { continue };
            let Some(value) = document[section].get(name) else { continue };
            if wanted.insert(path.clone()) {
                each_text(value, &mut |text| waiting.extend(self.named(text)));
            }
        }
        let mut small = Map::new();
        for (key, value) in document.as_object().into_iter().flatten() {
            if !self.sections.contains(&key.as_str()) {
                small.insert(key.clone(), value.clone());
                continue;
            }
            let things = value.as_object().into_iter().flatten();
            let kept: Map<_, _> = things
                .filter(|(name, _)| wanted.contains(&format!("{key}.{name}")))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            if !kept.is_empty() {
                small.insert(key.clone(), Json::Object(kept));
            }
        }
        self.leave_others(&mut small, &wanted);
        Json::Object(small)
    }

    /// Alarms are changed by the thing they come with.
    fn leave_others(&self, document: &mut Map<String, Json>, wanted: &BTreeSet<String>) {
        let Some(Json::Object(changes)) = document.get_mut("alarms").and_then(|alarms| alarms.get_mut("except")) else {
            return;
        };
        changes.retain(|thing, _| wanted.contains(thing));
        if changes.is_empty()
            && let Some(Json::Object(alarms)) = document.get_mut("alarms")
        {
            alarms.shift_remove("except");
        }
    }

    /// The things that a text may name.
    pub(super) fn named(&self, text: &str) -> Vec<String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let words = text.split(|c: char| !is_word(c));
        let path = |word: &str| {
            let mut parts = word.split('.');
            let (section, name) = (parts.next()?, parts.next()?);
            self.sections.contains(&section).then(|| format!("{section}.{name}"))
        };
        words.filter_map(path).collect()
    }

    /// How far a document is from the target, looking only at what belongs to `owner`; at all without one.
    pub(super) fn score(&self, document: &Json, owner: &Owner) -> f64 {
        let tried = self.compile(document);
        let mut score = tried.penalty;
        let ids = self.ids(&tried, owner);
        let (pairs, paired) = self.by_type(&tried, &ids);
        score += pairs;
        for id in ids.into_iter().filter(|id| !paired.contains(*id)) {
            score += match (self.target.resources.get(id), tried.resources.get(id)) {
                (Some(wanted), Some(made)) => distance(wanted, made),
                (Some(wanted), None) => {
                    let main = if owner.is_main(id) { MAIN } else { 0.0 };
                    main + MISSING + wanted.len() as f64
                }
                (None, Some(made)) => 1.0 + ADDED * made.len() as f64,
                (None, None) => 0.0,
            };
        }
        score
    }

    /// Resources whose logical ids the document does not give, with those of the same type that it makes instead: how far
    /// these are from each other, and which they are.
    fn by_type(&self, tried: &Tried, ids: &BTreeSet<&String>) -> (f64, BTreeSet<String>) {
        let (mut score, mut paired) = (0.0, BTreeSet::new());
        let missing = ids.iter().filter(|id| !tried.resources.contains_key(**id));
        for id in missing {
            let Some(wanted) = self.target.resources.get(*id) else { continue };
            let free = ids.iter().filter(|id| !self.target.resources.contains_key(**id) && !paired.contains(**id));
            let same = free.filter_map(|id| Some((id, tried.resources.get(*id)?)));
            let same = same.filter(|(_, made)| made.resource_type == wanted.resource_type);
            let best = same.map(|(id, made)| (distance(wanted, made), id));
            if let Some((far, other)) = best.min_by(|(a, _), (b, _)| a.total_cmp(b))
                && far < MISSING + wanted.len() as f64
            {
                score += far + OTHERWISE_NAMED;
                paired.extend([(*id).clone(), (*other).clone()]);
            }
        }
        (score, paired)
    }

    fn ids<'a>(&'a self, tried: &'a Tried, owner: &'a Owner) -> BTreeSet<&'a String> {
        let belongs = |thing: &String| owner.thing.as_ref() == Some(thing) || self.is_beside(thing);
        let made = tried.resources.keys().filter(|id| owner.is_own(id) || tried.things.get(*id).is_some_and(belongs));
        self.target.resources.keys().filter(|id| owner.is_own(id)).chain(made).collect()
    }

    /// Whether a thing of a document makes another type of resource than the target has under its name.
    pub(super) fn is_of_other_type(&self, document: &Json, thing: &str) -> bool {
        let id = self.own_id(thing);
        let made = self.compile(document);
        let both = self.target.resources.get(&*id).zip(made.resources.get(&*id));
        both.is_some_and(|(wanted, made)| wanted.resource_type != made.resource_type)
    }

    /// The errors of a document with all that is said of it in the end, each with the thing that it is found in.
    pub(super) fn errors(&self, document: &Json) -> Vec<Option<String>> {
        let text = super::print::print(document);
        let input = Input {
            file: SourceFile::new(&*self.path, &*text),
            path: self.path.clone(),
            files: Arc::clone(&self.files),
            settings: Scope::default(),
            today: None,
        };
        let found = compile::check(&input).diagnostics.into_iter();
        let errors = found.filter(|found| found.level() == Level::Error && !found.is_suppressed());
        errors.map(|found| thing_at(&text, found.primary.span.start_position().line)).collect()
    }

    /// Whether a thing is there only for others: the target has nothing with its name.
    pub(super) fn is_beside(&self, thing: &str) -> bool {
        let id = self.own_id(thing);
        let mut after = self.target.resources.range::<str, _>((Bound::Included(&*id), Bound::Unbounded));
        !id.is_empty() && after.next().is_none_or(|(other, _)| !other.starts_with(&*id))
    }

    /// What the target has and the document does not ask for, and the other way round.
    pub(super) fn difference(&self, document: &Json, owner: &Owner) -> (Vec<Told>, Vec<Told>) {
        let tried = self.compile(document);
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        let nothing = Leaves::default();
        for id in self.ids(&tried, owner) {
            let wanted = self.target.resources.get(id).unwrap_or(&nothing);
            let made = tried.resources.get(id).map_or(&nothing, Rc::as_ref);
            missing.extend(more(wanted, made));
            extra.extend(more(made, wanted));
        }
        (missing, extra)
    }
}

/// Whose resources count.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    /// `None`: all resources do.
    pub(super) thing: Option<String>,
    prefix: String,
    /// Longer beginnings of other things' logical ids.
    others: Vec<String>,
}

impl Owner {
    pub(super) fn of(thing: &str, things: &[String]) -> Self {
        let prefix = own_id(thing);
        let others = things.iter().filter(|other| *other != thing).map(|other| own_id(other));
        let others = others.filter(|other| other.starts_with(&prefix) && other.len() > prefix.len()).collect();
        Self { thing: Some(thing.to_owned()), prefix, others }
    }

    fn is_main(&self, id: &str) -> bool {
        self.prefix == id
    }

    pub(super) fn is_own(&self, id: &str) -> bool {
        id.starts_with(&self.prefix) && !self.others.iter().any(|other| id.starts_with(other))
    }
}

/// The logical id of a thing's own resource.
pub(super) fn own_id(thing: &str) -> String {
    thing.split_once('.').map_or_else(String::new, |(section, name)| logical_id(section, name, ""))
}

/// What `a` has more often than `b`.
pub(super) fn more(a: &Leaves, b: &Leaves) -> Vec<Told> {
    if std::ptr::eq(a, b) {
        return Vec::new();
    }
    let mut left = BTreeMap::new();
    if a.resource_type == b.resource_type {
        left.extend(b.counted.iter().map(|(told, count)| (told, *count)));
    }
    let mut found = Vec::new();
    // In the order of the resource: names and values of a list belong together.
    for told in a.placed.values() {
        match left.get_mut(told) {
            Some(count) if *count > 0 => *count -= 1,
            _ => found.push((a.resource_type.clone(), told.0.clone(), told.1.clone())),
        }
    }
    found
}

pub(super) fn distance(wanted: &Leaves, made: &Leaves) -> f64 {
    let weight = |(_, pointer, _): &Told| if pointer.ends_with(LINE) { ONE_LINE } else { 1.0 };
    let missing: f64 = more(wanted, made).iter().map(weight).sum();
    let extra: f64 = more(made, wanted).iter().map(weight).sum();
    let misplaced = wanted.placed.iter().filter(|(pointer, told)| made.placed.get(*pointer) != Some(told)).count();
    missing + EXTRA * extra + MISPLACED * misplaced as f64
}

/// The thing that a line of a printed document belongs to.
fn thing_at(text: &str, line: usize) -> Option<String> {
    let above: Vec<&str> = text.lines().take(line).collect();
    let key = |line: &str| line.trim().split(':').next().map(|key| key.trim_matches('"').to_owned());
    let section = above.iter().rev().find(|line| !line.is_empty() && !line.starts_with(' '))?;
    let name = above.iter().rev().find(|line| line.starts_with("  ") && !line.starts_with("   "))?;
    Some(format!("{}.{}", key(section)?, key(name)?))
}

/// Calls `visit` for each text in a value.
pub(super) fn each_text(value: &Json, visit: &mut dyn FnMut(&str)) {
    match value {
        Json::String(text) => visit(text),
        Json::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Json::Object(entries) => entries.iter().for_each(|(_, item)| each_text(item, visit)),
        _ => {}
    }
}
