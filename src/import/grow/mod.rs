//! Finding the keys of a thing: each is tried, and stays when what is made comes nearer to what is wanted.

mod entries;
mod simplify;
mod values;

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::learn::{only, opened};
use super::place::Place;
use super::shape::{BESIDE, Form, is_of};
use super::spell;
use super::trial::{Bench, Owner, Told, Tried, own_id};
use values::similar;

pub(super) use entries::{complete, complete_well};

const ROUNDS: usize = 5;
/// So many entries or items are added to one mapping or list.
const MOST: usize = 80;
/// So many values are tried for one key.
const TRIES: usize = 40;
/// So many forms of a value are tried.
const FORMS: usize = 160;
/// So many of them are made as good as they get.
const SETTLED: usize = 4;
/// Of so many ways to write a value each is made as good as it gets.
const FEW: usize = 10;
const EPSILON: f64 = 1e-6;
/// Keys that are not sought: one makes several things of one, the other says what no key says.
const LEFT_OUT: [&str; 2] = ["each", "overrides"];

/// A document that gets nearer to what is wanted of one of its things.
#[derive(Clone)]
pub(super) struct Grower<'b> {
    bench: &'b Bench,
    pub(super) document: Json,
    thing: String,
    owner: Owner,
    pub(super) score: f64,
    phrases: Rc<Vec<(String, String)>>,
}

/// A place that may be written to.
#[derive(Clone)]
struct At<'s> {
    place: Place,
    schema: &'s Json,
    /// The way to it without names and places in lists.
    general: String,
    /// The names on the way.
    names: Vec<String>,
}

impl<'s> At<'s> {
    fn key(&self, schema: &'s Json, key: &str) -> Self {
        Self {
            place: self.place.key(key),
            schema,
            general: format!("{}.{key}", self.general),
            names: self.names.clone(),
        }
    }

    fn entry(&self, schema: &'s Json, name: &str) -> Self {
        let mut names = self.names.clone();
        names.push(name.to_owned());
        Self { place: self.place.key(name), schema, general: format!("{}.*", self.general), names }
    }

    fn item(&self, schema: &'s Json, index: usize) -> Self {
        Self {
            place: self.place.index(index),
            schema,
            general: format!("{}.#", self.general),
            names: self.names.clone(),
        }
    }
}

impl<'b> Grower<'b> {
    /// `phrases` are the expressions of the whole document.
    pub(super) fn new(bench: &'b Bench, document: Json, thing: &str, phrases: &Rc<Vec<(String, String)>>) -> Self {
        let owner = Owner::of(thing, &bench.things(&document));
        let mut grower =
            Self { bench, document, thing: thing.to_owned(), owner, score: 0.0, phrases: Rc::clone(phrases) };
        grower.score = grower.measure(&grower.document);
        grower
    }

    fn measure(&self, document: &Json) -> f64 {
        self.bench.score(&self.bench.around(document, &self.thing), &self.owner)
    }

    /// Whether nothing is left to be found.
    fn is_done(&self) -> bool {
        self.score - self.compiled(&self.document).penalty < EPSILON
    }

    fn compiled(&self, document: &Json) -> Rc<Tried> {
        self.bench.compile(&self.bench.around(document, &self.thing))
    }

    fn difference(&self) -> (Vec<Told>, Vec<Told>) {
        self.bench.difference(&self.bench.around(&self.document, &self.thing), &self.owner)
    }

    fn at_thing(&self, thing: &str) -> Option<At<'b>> {
        let (section, name) = thing.split_once('.')?;
        let schema = self.bench.schema.thing(section)?;
        Some(At { place: Place::of(&[section, name]), schema, general: section.to_owned(), names: Vec::new() })
    }

    /// Chooses among ways to begin the thing, and finds its keys.
    pub(super) fn begin(&mut self, beginnings: &[Json]) {
        let Some(at) = self.at_thing(&self.thing.clone()) else { return };
        let starts = beginnings.iter().map(|value| (at.place.clone(), self.with_names(value)));
        self.choose(&at, starts.collect(), true);
    }

    /// A beginning in which things that are there stand for those that it needs.
    fn with_names(&self, value: &Json) -> Json {
        let mut text = value.to_string();
        if !text.contains(BESIDE) {
            return value.clone();
        }
        for path in self.candidates() {
            if let Some((section, name)) = path.split_once('.').filter(|(_, name)| !name.contains('.')) {
                text = text.replace(&format!("{section}.{BESIDE}"), &format!("{section}.{name}"));
            }
        }
        serde_json::from_str(&text).unwrap_or_else(|_| value.clone())
    }

    /// Whether the thing makes something else under the name of what it was found by.
    pub(super) fn is_of_other_type(&self) -> bool {
        self.bench.is_of_other_type(&self.bench.around(&self.document, &self.thing), &self.thing)
    }

    pub(super) fn grow(&mut self) {
        let Some(at) = self.at_thing(&self.thing.clone()) else { return };
        for _ in 0..ROUNDS {
            let before = self.score;
            if self.is_done() {
                return;
            }
            self.visit(&at);
            for other in self.beside() {
                let other = self.rename_beside(&other);
                if let Some(at) = self.at_thing(&other) {
                    self.visit(&at);
                }
            }
            self.move_names(&at);
            self.simplify(&at);
            self.rearrange(&at.place);
            if self.score > before - EPSILON {
                return;
            }
        }
    }

    /// Finds a key of the document itself.
    pub(super) fn grow_root(&mut self, key: &str) {
        let schema = &self.bench.schema.root()["properties"][key];
        let at = At { place: Place::of(&[key]), schema, general: key.to_owned(), names: Vec::new() };
        for _ in 0..ROUNDS {
            let before = self.score;
            match at.place.get(&self.document) {
                Some(_) => self.visit(&at),
                None => self.add(&at),
            }
            if self.score > before - EPSILON {
                return;
            }
        }
    }

    /// Finds what is otherwise about the alarms that come with the thing: `changes` is where that is written.
    pub(super) fn grow_changes(&mut self, changes: &[&str]) {
        let mut schema = self.bench.schema.root();
        let mut map = json!({});
        for key in changes {
            map = json!({ *key: map });
            let Some(Json::Object(_)) = map.get(key) else { return };
            let forms = self.bench.schema.forms(schema);
            let record = forms.into_iter().find_map(|form| match form {
                Form::Record(record) => Some(record),
                _ => None,
            });
            // The root of a schema is a record itself.
            let Some(below) = record.unwrap_or(schema)["properties"].get(*key) else { return };
            schema = below;
        }
        let place = Place::of(changes);
        if Place::of(&changes[..1]).get(&self.document).is_none() || self.is_done() {
            return;
        }
        let root = At { place, schema, general: changes.join("."), names: Vec::new() };
        let Some(schema) = self.values_of(&root) else { return };
        let own = root.entry(schema, &self.thing.clone());
        let made = self.compiled(&self.document);
        let prefix = own_id(&self.thing);
        let suffixes = made.resources.keys().filter_map(|id| id.strip_prefix(&prefix)).filter(|it| !it.is_empty());
        self.choose(&own, vec![(own.place.clone(), json!(false))], false);
        if own.place.get(&self.document).is_some() {
            return;
        }
        let names: Vec<String> = suffixes.map(spell::kebab).collect();
        let Some(schema) = self.values_of(&own) else { return };
        for name in names {
            let at = own.entry(schema, &name);
            let forms = self.bench.schema.least(schema, &[]);
            let records = self.bench.schema.forms(schema).into_iter().filter_map(|form| match form {
                Form::Record(record) => record["properties"].as_object(),
                _ => None,
            });
            let keys = records.flatten().flat_map(|(key, value)| {
                let least = self.bench.schema.least(value, &[]);
                least.into_iter().map(move |value| json!({ key: value }))
            });
            let writes: Vec<_> = forms.into_iter().filter(|form| !form.is_object()).chain(keys).collect();
            if self.choose(&at, writes.into_iter().map(|value| (at.place.clone(), value)).collect(), false) {
                self.visit(&at);
            }
        }
    }

    /// The things that this one names and that are there only for it.
    fn beside(&self) -> Vec<String> {
        let small = self.bench.around(&self.document, &self.thing);
        let things = self.bench.things(&small).into_iter();
        let others = things.filter(|thing| *thing != self.thing && !is_of(thing, "environments"));
        others.filter(|thing| self.bench.is_beside(thing)).collect()
    }

    fn visit(&mut self, at: &At<'b>) {
        if self.is_done() {
            return;
        }
        let Some(value) = at.place.get(&self.document).cloned() else { return };
        match &value {
            Json::Object(map) => {
                if let Some(record) = self.bench.schema.record(at.schema, map) {
                    let keys = record["properties"].as_object().into_iter().flatten();
                    for (key, schema) in keys.filter(|(key, _)| !LEFT_OUT.contains(&key.as_str())) {
                        let below = at.key(schema, key);
                        match below.place.get(&self.document) {
                            Some(_) => self.visit(&below),
                            None => self.add(&below),
                        }
                    }
                    return;
                }
                if self.is_free(at) {
                    return self.refine(at);
                }
                let Some(schema) = self.values_of(at) else { return };
                for name in map.keys() {
                    self.visit(&at.entry(schema, name));
                }
                for _ in 0..MOST {
                    if !self.add_entry(at, schema) {
                        break;
                    }
                }
            }
            Json::Array(items) => {
                let Some(schema) = self.items_of(at) else { return };
                for index in 0..items.len() {
                    self.visit(&at.item(schema, index));
                }
                self.lengthen(at, schema);
                self.exchange_items(at, schema);
            }
            _ => {
                self.refine(at);
                self.swap(at);
                if let Some(schema) = self.items_of(at) {
                    self.lengthen(at, schema);
                }
            }
        }
    }

    fn values_of(&self, at: &At<'b>) -> Option<&'b Json> {
        self.bench.schema.forms(at.schema).into_iter().find_map(|form| match form {
            Form::Map { value, .. } => value,
            _ => None,
        })
    }

    /// Whether anything may be written here, in the words of AWS.
    fn is_free(&self, at: &At<'b>) -> bool {
        let forms = self.bench.schema.forms(at.schema);
        forms.iter().any(|form| matches!(form, Form::Map { name: None, value: None }))
    }

    fn items_of(&self, at: &At<'b>) -> Option<&'b Json> {
        self.bench.schema.forms(at.schema).into_iter().find_map(|form| match form {
            Form::List(items) => Some(items),
            _ => None,
        })
    }

    /// Whether anything is different that this key had to do with when it was tried before.
    fn may_help(&self, at: &At<'b>) -> bool {
        let learned = self.bench.learned.borrow();
        let Some(known) = learned.keys.get(&at.general) else { return true };
        let (missing, extra) = self.difference();
        missing.iter().chain(&extra).any(|(kind, pointer, _)| {
            known.iter().any(|(of, touched)| of == kind && similar(touched, pointer, &at.names))
        })
    }

    /// Writes a key that is not there.
    fn add(&mut self, at: &At<'b>) {
        if self.is_done() || !self.may_help(at) {
            return;
        }
        let values = self.bench.schema.least(at.schema, &self.candidates());
        let writes = values.into_iter().map(|value| (at.place.clone(), value)).collect();
        self.choose(at, writes, false);
    }

    /// Writes another form of a value.
    fn swap(&mut self, at: &At<'b>) {
        let forms = self.bench.schema.least(at.schema, &self.candidates());
        let others: Vec<_> = forms.into_iter().filter(Json::is_object).collect();
        if !others.is_empty() && self.may_help(at) {
            self.choose(at, others.into_iter().map(|value| (at.place.clone(), value)).collect(), false);
        }
    }

    /// Tries each value at its place, with what is inside made as good as it gets, and keeps the best.
    fn choose(&mut self, at: &At<'b>, writes: Vec<(Place, Json)>, anyhow: bool) -> bool {
        let base = self.compiled(&self.document);
        let (missing, _) = self.difference();
        let mut changed = BTreeSet::new();
        let mut tries: Vec<(Grower<'b>, Place, Vec<String>, usize)> = Vec::new();
        let is_few = writes.len() <= FEW;
        for (number, (place, value)) in writes.into_iter().take(FORMS).enumerate() {
            let mut document = self.document.clone();
            place.set(&mut document, value);
            for (document, beside) in complete(self.bench, document) {
                let mut tried = self.clone();
                tried.document = document;
                tried.score = tried.measure(&tried.document);
                let made = tried.compiled(&tried.document);
                let gone = only(&base, &made);
                let new = only(&made, &base);
                let helps = made.penalty < base.penalty - 0.5
                    || !gone.is_empty()
                    || new.iter().any(|(kind, pointer, _)| {
                        missing.iter().any(|(of, wanted, _)| of == kind && similar(pointer, wanted, &[]))
                    });
                changed.extend(
                    new.into_iter().chain(gone).map(|(kind, at_pointer, _)| (kind, opened(&at_pointer, &at.names))),
                );
                if helps || anyhow {
                    tries.push((tried, place.clone(), beside, number));
                }
            }
        }
        tries.sort_by(|(a, ..), (b, ..)| a.score.total_cmp(&b.score));
        let mut best: Option<Grower<'b>> = None;
        let mut settled = BTreeSet::new();
        for (index, (mut tried, place, beside, number)) in tries.into_iter().enumerate() {
            // A simple value out of a few is one of the tries itself.
            let is_done = self.is_choice(at) && beside.is_empty();
            // Of a few different ones each has its turn.
            let is_next = if is_few { settled.insert(number) || index == 0 } else { index < SETTLED };
            if is_next && !is_done {
                tried.settle(&At { place, ..at.clone() });
                for at in beside.iter().filter_map(|thing| self.at_thing(thing)) {
                    tried.settle(&at);
                }
            }
            if best.as_ref().is_none_or(|best| tried.score < best.score - EPSILON) {
                best = Some(tried);
            }
        }
        // What has no effect now may have one on another form of the same thing.
        if !changed.is_empty() {
            self.bench.learned.borrow_mut().keys.entry(at.general.clone()).or_default().extend(changed);
        }
        match best {
            Some(best) if anyhow || best.score < self.score - EPSILON => {
                *self = best;
                self.name_beside();
                true
            }
            _ => false,
        }
    }

    /// Whether all values that may stand here can be listed.
    fn is_choice(&self, at: &At<'b>) -> bool {
        let forms = self.bench.schema.forms(at.schema);
        forms.iter().all(|form| matches!(form, Form::Word(_) | Form::Boolean | Form::Reference(_)))
    }
}
