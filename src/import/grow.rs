//! Finding the keys of a thing: each is tried, and stays when what is made comes nearer to what is wanted.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::learn::{only, opened, touches};
use super::place::Place;
use super::shape::{BESIDE, Form, NAME, TEXT, fits, is_of, may_fit};
use super::spell;
use super::trial::{Bench, Owner, Told, Tried, each_text, own_id};

const ROUNDS: usize = 5;
/// So many entries or items are added to one mapping or list.
const MOST: usize = 80;
/// So many values are tried for one key.
const TRIES: usize = 40;
/// So many forms of a value are tried.
const FORMS: usize = 160;
/// So many of them are made as good as they get.
const SETTLED: usize = 4;
/// So many files are tried for a key.
const FILES: usize = 12;
/// Of longer mappings only neighbours are exchanged.
const EXCHANGED: usize = 16;
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
        let starts = beginnings.iter().map(|value| (at.place.clone(), value.clone()));
        self.choose(&at, starts.collect(), true);
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

    /// Brings values, names and entries of mappings into another order where what belongs together is apart.
    fn rearrange(&mut self, place: &Place) {
        let keys: Vec<String> = match place.get(&self.document) {
            Some(Json::Object(map)) => map.keys().cloned().collect(),
            Some(Json::Array(items)) => {
                return (0..items.len()).for_each(|index| self.rearrange(&place.index(index)));
            }
            _ => return,
        };
        for key in &keys {
            self.rearrange(&place.key(key));
        }
        for (one, other) in pairs(keys.len()) {
            if self.is_done() {
                return;
            }
            for exchange in [exchange_values, exchange_names, exchange_entries] {
                let Some(Json::Object(map)) = place.get(&self.document) else { return };
                let entries: Vec<(String, Json)> =
                    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                let is_simple = |at: usize| !entries[at].1.is_object() && !entries[at].1.is_array();
                if is_simple(one) != is_simple(other) {
                    break;
                }
                let mut document = self.document.clone();
                place.set(&mut document, Json::Object(exchange(entries, one, other).into_iter().collect()));
                let score = self.measure(&document);
                if score < self.score - EPSILON {
                    (self.document, self.score) = (document, score);
                }
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
        let mut tries: Vec<(Grower<'b>, Place, Vec<String>)> = Vec::new();
        for (place, value) in writes.into_iter().take(FORMS) {
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
                    tries.push((tried, place.clone(), beside));
                }
            }
        }
        tries.sort_by(|(a, ..), (b, ..)| a.score.total_cmp(&b.score));
        let mut best: Option<Grower<'b>> = None;
        for (index, (mut tried, place, beside)) in tries.into_iter().enumerate() {
            // A simple value out of a few is one of the tries itself.
            let is_done = self.is_choice(at) && beside.is_empty();
            if index < SETTLED && !is_done {
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

    /// Finds a better name for a thing that is there only for this one.
    fn rename_beside(&mut self, thing: &str) -> String {
        let Some((section, name)) = thing.split_once('.') else { return thing.to_owned() };
        let schema = &self.bench.schema.root()["properties"][section];
        let at = At { place: Place::of(&[section]), schema, general: section.to_owned(), names: Vec::new() };
        let mut found = thing.to_owned();
        for other in self.names_for(&at, schema, name).into_iter().take(TRIES) {
            let mut document = self.document.clone();
            let path = format!("{section}.{other}");
            Place::of(&[section, name]).rename(&mut document, &other);
            replace_texts(&mut document, thing, &path);
            let score = self.measure(&document);
            if score < self.score - EPSILON {
                (self.score, self.document, found) = (score, document, path);
                break;
            }
        }
        found
    }

    /// Gives the things that were added a name of their own.
    fn name_beside(&mut self) {
        let things = self.bench.things(&self.document);
        let own = self.thing.split_once('.').map_or("other", |(_, name)| name).to_owned();
        for thing in things.iter().filter(|thing| thing.ends_with(&format!(".{BESIDE}"))) {
            let Some((section, _)) = thing.split_once('.') else { continue };
            let names = std::iter::once(own.clone()).chain((2..).map(|number| format!("{own}-{number}")));
            let mut free = names.filter(|name| !things.contains(&format!("{section}.{name}")));
            let schema = &self.bench.schema.root()["properties"][section];
            let at = At { place: Place::of(&[section]), schema, general: section.to_owned(), names: Vec::new() };
            let seen = self.names_for(&at, schema, BESIDE).into_iter().take(TRIES);
            let named = seen.chain(free.next()).map(|name| {
                let mut document = self.document.clone();
                Place::of(&[section, BESIDE]).rename(&mut document, &name);
                replace_texts(&mut document, thing, &format!("{section}.{name}"));
                (self.measure(&document), document)
            });
            let best = named.reduce(|best, other| if other.0 < best.0 - EPSILON { other } else { best });
            if let Some((_, document)) = best {
                self.document = document;
            }
        }
        self.score = self.measure(&self.document);
    }

    /// Makes everything that is written below a place as good as it gets, without adding keys.
    fn settle(&mut self, at: &At<'b>) {
        if self.is_done() {
            return;
        }
        let Some(value) = at.place.get(&self.document).cloned() else { return };
        match &value {
            Json::Object(map) => {
                if let Some(record) = self.bench.schema.record(at.schema, map) {
                    for key in map.keys() {
                        self.settle(&at.key(&record["properties"][key], key));
                    }
                } else if let Some(schema) = self.values_of(at) {
                    let mut names: Vec<String> = map.keys().cloned().collect();
                    for name in &mut names {
                        self.rename(at, schema, name);
                        self.settle(&at.entry(schema, name));
                    }
                }
            }
            Json::Array(items) => {
                let Some(schema) = self.items_of(at) else { return };
                for index in 0..items.len() {
                    self.settle(&at.item(schema, index));
                }
            }
            _ => self.refine(at),
        }
    }

    /// Finds the name of an entry whose name means nothing yet.
    fn rename(&mut self, at: &At<'b>, schema: &'b Json, name: &mut String) {
        if !name.to_lowercase().starts_with("probe") {
            return;
        }
        let mut best: Option<(f64, Json, String)> = None;
        for other in self.names_for(at, schema, name).into_iter().take(TRIES) {
            let mut document = self.document.clone();
            at.place.key(name).rename(&mut document, &other);
            let score = self.measure(&document);
            if best.as_ref().is_none_or(|(known, ..)| score < known - EPSILON) {
                best = Some((score, document, other));
            }
        }
        if let Some((score, document, other)) = best.filter(|(score, ..)| *score < self.score + EPSILON) {
            (self.score, self.document, *name) = (score, document, other);
        }
    }

    /// The names that entries of a mapping may have, by where the name of the entry `probe` stands.
    fn names_for(&self, at: &At<'b>, schema: &'b Json, probe: &str) -> Vec<String> {
        let general = at.entry(schema, probe).general;
        let pattern = self.bench.schema.forms(at.schema).into_iter().find_map(|form| match form {
            Form::Map { name, .. } => name,
            _ => None,
        });
        if !self.bench.learned.borrow().names.contains_key(&general) {
            let other = if probe.starts_with("PROBE") { "PROBES" } else { "probesname" };
            let mut document = self.document.clone();
            at.place.key(probe).rename(&mut document, other);
            let (first, second) = (self.compiled(&self.document), self.compiled(&document));
            let found = touches(&first, &second, probe, &at.names);
            if !found.is_empty() {
                self.bench.learned.borrow_mut().names.insert(general.clone(), found);
            }
        }
        let learned = self.bench.learned.borrow();
        let touches = learned.names.get(&general).map(Vec::as_slice).unwrap_or_default();
        let mut names = Vec::new();
        for told in self.difference().0 {
            for touch in touches {
                let inside = touch.name_of(&told, &at.names, probe).map(str::to_owned);
                let whole = touch.inverse(&told, &at.names).filter(|_| touch.holds_value());
                for name in inside.into_iter().chain(whole) {
                    let name = name.replace("~1", "/").replace("~0", "~");
                    let spellings = [name.clone(), spell::kebab(&name)];
                    let fit = |name: &&String| pattern.is_none_or(|it| fits(it, name));
                    names.extend(spellings.iter().find(fit).cloned());
                }
            }
        }
        let known = at.place.get(&self.document);
        names.retain(|name| known.and_then(|map| map.get(name)).is_none());
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// Adds an entry to a mapping of names.
    fn add_entry(&mut self, at: &At<'b>, schema: &'b Json) -> bool {
        if self.is_done() {
            return false;
        }
        let probes = self.bench.schema.least(at.schema, &self.candidates());
        let entries: Vec<(String, Json)> = probes
            .iter()
            .filter_map(|probe| probe.as_object()?.iter().next().map(|(name, value)| (name.clone(), value.clone())))
            .collect();
        let Some((probe, first)) = entries.first().cloned() else { return false };
        let mut with_probe = self.clone();
        at.place.key(&probe).set(&mut with_probe.document, first);
        with_probe.score = with_probe.measure(&with_probe.document);
        for name in with_probe.names_for(at, schema, &probe).into_iter().take(TRIES) {
            let below = at.entry(schema, &name);
            let writes = entries.iter().map(|(_, value)| (below.place.clone(), value.clone())).collect();
            if self.choose(&below, writes, false) {
                return true;
            }
        }
        false
    }

    /// Adds items to a list, or makes one of a single value.
    fn lengthen(&mut self, at: &At<'b>, schema: &'b Json) {
        for _ in 0..MOST {
            if self.is_done() || !self.may_help(at) {
                return;
            }
            let items = match at.place.get(&self.document) {
                Some(Json::Array(items)) => items.clone(),
                Some(single) => vec![single.clone()],
                None => return,
            };
            let mut document = self.document.clone();
            let longer = |value: Json| items.iter().cloned().chain([value]).collect::<Vec<_>>();
            at.place.set(&mut document, json!(longer(Json::Null)));
            let below = at.item(schema, items.len());
            let values = self.bench.schema.least(schema, &self.candidates());
            let kept = (self.document.clone(), self.score);
            self.document = document;
            let writes = values.into_iter().filter(|value| !items.contains(value));
            if !self.choose(&below, writes.map(|value| (below.place.clone(), value)).collect(), true)
                || self.score > kept.1 - EPSILON
            {
                (self.document, self.score) = kept;
                return;
            }
        }
    }

    /// Takes away what changes nothing.
    fn simplify(&mut self, at: &At<'b>) {
        let Some(value) = at.place.get(&self.document).cloned() else { return };
        let keep = 2;
        match &value {
            Json::Object(map) => {
                for key in map.keys() {
                    let Some(schema) = self.bench.schema.under(at.schema, map, key) else { continue };
                    if !self.without(&at.place.key(key), keep) {
                        self.simplify(&at.key(schema, key));
                    }
                }
            }
            Json::Array(items) => {
                let Some(schema) = self.items_of(at) else { return };
                for index in (0..items.len()).rev() {
                    if !self.without(&at.place.index(index), keep) {
                        self.simplify(&at.item(schema, index));
                    }
                }
                if let Some(Json::Array(left)) = at.place.get(&self.document)
                    && let [single] = left.as_slice()
                {
                    let single = single.clone();
                    let mut document = self.document.clone();
                    at.place.set(&mut document, single);
                    let score = self.measure(&document);
                    if score < self.score + EPSILON {
                        (self.document, self.score) = (document, score);
                    }
                }
            }
            _ => {}
        }
    }

    /// Says of each thing that is named by one key whether another key is the better one: `writes` for `reads`.
    fn move_names(&mut self, at: &At<'b>) {
        let Some(Json::Object(map)) = at.place.get(&self.document).cloned() else { return };
        let Some(record) = self.bench.schema.record(at.schema, &map) else { return };
        let properties = record["properties"].as_object().into_iter().flatten();
        let names_any = |schema: &Json| {
            let forms = self.bench.schema.forms(schema);
            forms.iter().any(|form| matches!(form, Form::Reference(sections) if sections.is_empty()))
        };
        let keys: Vec<&String> = properties.filter(|(_, schema)| names_any(schema)).map(|(key, _)| key).collect();
        for from in &keys {
            for name in list(map.get(*from)) {
                for to in keys.iter().filter(|to| to != &from) {
                    let mut document = self.document.clone();
                    let (here, there) = (at.place.key(from), at.place.key(to));
                    let mut left = list(here.get(&document));
                    left.retain(|other| *other != name);
                    let mut more = list(there.get(&document));
                    more.push(name.clone());
                    match left.is_empty() {
                        true => here.remove(&mut document, 2),
                        false => here.set(&mut document, Json::Array(left)),
                    }
                    there.set(&mut document, Json::Array(more));
                    let score = self.measure(&document);
                    if score < self.score - EPSILON {
                        (self.document, self.score) = (document, score);
                        break;
                    }
                }
            }
        }
    }

    fn without(&mut self, place: &Place, keep: usize) -> bool {
        let mut document = self.document.clone();
        place.remove(&mut document, keep);
        let score = self.measure(&document);
        let better = score < self.score + EPSILON;
        if better {
            (self.document, self.score) = (document, score);
        }
        better
    }

    /// Finds the best simple value for a key.
    fn refine(&mut self, at: &At<'b>) {
        let current = at.place.get(&self.document).cloned();
        let mut best: Option<(f64, Json)> = None;
        for value in self.values_for(at).into_iter().filter(|value| Some(value) != current.as_ref()).take(TRIES) {
            let mut document = self.document.clone();
            at.place.set(&mut document, value);
            if missing_thing(self.bench, &document).is_some() {
                continue;
            }
            let score = self.measure(&document);
            if score < best.as_ref().map_or(self.score, |(score, _)| *score) - EPSILON {
                best = Some((score, document));
            }
        }
        if let Some((score, document)) = best {
            (self.score, self.document) = (score, document);
        }
    }

    fn values_for(&self, at: &At<'b>) -> Vec<Json> {
        let forms = self.bench.schema.forms(at.schema);
        let mut values = Vec::new();
        let candidates = self.candidates();
        for form in &forms {
            match form {
                Form::Word(word) => values.push((*word).clone()),
                Form::Boolean => values.extend([json!(true), json!(false)]),
                Form::Reference(sections) => {
                    let may = |path: &&String| sections.is_empty() || sections.iter().any(|it| is_of(path, it));
                    values.extend(candidates.iter().filter(may).map(|path| json!(path)));
                }
                _ => {}
            }
        }
        let simple =
            |form: &&Form<'_>| matches!(form, Form::Number { .. } | Form::Duration | Form::Size | Form::Text { .. });
        let probes: Vec<&Form<'_>> = forms.iter().filter(simple).collect();
        if probes.is_empty() {
            return values;
        }
        for text in self.texts_for(at, &probes) {
            for form in &probes {
                match form {
                    Form::Number { .. } => values.extend(spell::number(&text)),
                    Form::Duration => values.extend(spell::durations(&text).into_iter().map(Json::from)),
                    Form::Size => values.extend(spell::sizes(&text).into_iter().map(Json::from)),
                    _ => {}
                }
            }
            values.extend(spell::texts(&text, &self.phrases).into_iter().map(Json::from));
        }
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.to_string()));
        values
    }

    /// The texts that are missing where the value of this key stands.
    fn texts_for(&self, at: &At<'b>, forms: &[&Form<'_>]) -> Vec<String> {
        if !self.bench.learned.borrow().values.contains_key(&at.general) {
            let mut found = Vec::new();
            for (one, two) in forms.iter().flat_map(|form| probes(form)) {
                let tried = |value: &Json| {
                    let mut document = self.document.clone();
                    at.place.set(&mut document, value.clone());
                    self.compiled(&document)
                };
                let probe = one.as_str().unwrap_or("\u{1}");
                found.extend(touches(&tried(&one), &tried(&two), probe, &at.names));
            }
            // On another form of the same thing it may have an effect.
            if !found.is_empty() {
                self.bench.learned.borrow_mut().values.insert(at.general.clone(), found);
            }
        }
        let learned = self.bench.learned.borrow();
        let touches = learned.values.get(&at.general).map(Vec::as_slice).unwrap_or_default();
        let (missing, _) = self.difference();
        let patterns = forms.iter().filter_map(|form| match form {
            Form::Text { pattern, .. } => *pattern,
            _ => None,
        });
        let patterns: Vec<&str> = patterns.collect();
        let is_free = forms.iter().any(|form| matches!(form, Form::Text { pattern: None, .. }));
        let named = |path: &&String| {
            let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
            stem.len() > 2 && missing.iter().any(|(_, _, text)| text.contains(stem))
        };
        let files = self
            .bench
            .paths
            .iter()
            .filter(named)
            .filter(|it| is_free || patterns.iter().any(|p| may_fit(p, it) != Some(false)));
        let files: Vec<String> = files.take(FILES).cloned().collect();
        if touches.is_empty() {
            // A text that cannot be changed by one letter: any that fits may be the one.
            let texts = missing.into_iter().map(|(_, _, text)| text);
            return files.into_iter().chain(texts.filter(|text| patterns.iter().any(|it| fits(it, text)))).collect();
        }
        let inverse = |told: &Told| touches.iter().filter_map(|it| it.inverse(told, &at.names)).next();
        files.into_iter().chain(missing.iter().filter_map(inverse)).collect()
    }

    /// The things that a reference may name: those that what is missing names, or else all.
    fn candidates(&self) -> Vec<String> {
        let things = self.bench.things(&self.document);
        let made = self.compiled(&self.document);
        let (missing, _) = self.difference();
        let mut named: Vec<String> = Vec::new();
        let mut texts = String::new();
        for (_, _, text) in &missing {
            texts.push_str(text);
            texts.push('\n');
            for name in super::leaves::names(text) {
                let of = things.iter().filter(|thing| name.starts_with(&own_id(thing)));
                named.extend(of.max_by_key(|thing| own_id(thing).len()).cloned());
            }
        }
        named.retain(|thing| *thing != self.thing);
        let section = |path: &str| path.split_once('.').map(|(section, _)| section.to_owned());
        let sections: BTreeSet<_> = named.iter().map(|path| section(path)).collect();
        let others: Vec<String> =
            things.iter().filter(|path| !sections.contains(&section(path)) && **path != self.thing).cloned().collect();
        let parts = made.parts.iter().filter(|part| {
            part.rsplit_once('.')
                .is_some_and(|(thing, part)| named.iter().any(|it| it == thing) && texts.contains(part))
        });
        let parts: Vec<String> = parts.cloned().collect();
        named.extend(parts);
        named.extend(others);
        let mut seen = BTreeSet::new();
        named.retain(|thing| seen.insert(thing.clone()));
        named
    }
}

/// Adds the things that are named but not there, in each form that they may have.
pub(super) fn complete(bench: &Bench, document: Json) -> Vec<(Json, Vec<String>)> {
    let mut done = Vec::new();
    let mut waiting = vec![(document, Vec::new())];
    while let Some((document, beside)) = waiting.pop() {
        let Some(missing) = missing_thing(bench, &document) else {
            done.push((document, beside));
            continue;
        };
        let Some((section, name)) = missing.split_once('.') else { continue };
        let Some(schema) = bench.schema.thing(section) else { continue };
        if beside.len() >= 4 || beside.contains(&missing) {
            continue;
        }
        let forms = bench.schema.least(schema, &bench.things(&document));
        let count = if beside.is_empty() { 8 } else { 1 };
        let known: Vec<String> = beside.iter().cloned().chain([missing.clone()]).collect();
        for form in forms.into_iter().take(count).rev() {
            let mut document = document.clone();
            Place::of(&[section, name]).set(&mut document, form);
            waiting.push((document, known.clone()));
        }
    }
    done
}

fn missing_thing(bench: &Bench, document: &Json) -> Option<String> {
    let known = bench.things(document);
    let mut found = None;
    each_text(document, &mut |text| {
        let named = bench.named(text).into_iter();
        let mut missing = named.filter(|path| path.ends_with(BESIDE) && !known.contains(path));
        found = found.take().or_else(|| missing.next_back());
    });
    found
}

/// Pairs of values of a form, to see what changes with them.
fn probes(form: &Form<'_>) -> Vec<(Json, Json)> {
    match form {
        Form::Number { least, most } => {
            let (one, two) = (7.max(*least).min(*most), 8.max(least + 1).min(*most));
            vec![(json!(one), json!(two))]
        }
        Form::Duration => vec![(json!("7m"), json!("8m")), (json!("7d"), json!("6d"))],
        Form::Size => vec![(json!("7GiB"), json!("6GiB")), (json!("512MiB"), json!("640MiB"))],
        Form::Text { pattern, example } => {
            let other = "probeother";
            match (pattern, example) {
                (Some(pattern), _) if fits(pattern, TEXT) => vec![(json!(TEXT), json!(other))],
                (None, None) => vec![(json!(TEXT), json!(other))],
                (_, Some(example)) => {
                    let changed = format!("{example}x");
                    vec![(json!(example), json!(changed)), (json!(TEXT), json!(other))]
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// Whether two pointers are the same but for names, or one is below the other.
fn similar(touched: &str, pointer: &str, names: &[String]) -> bool {
    let mut parts = pointer.split('/');
    for known in touched.split('/') {
        match parts.next() {
            None => return true,
            Some(part) => {
                let is_name = known.starts_with('\u{1}') && names.iter().any(|name| name == part);
                if known != part && !is_name && !known.to_lowercase().contains("probe") && !known.contains(NAME) {
                    return false;
                }
            }
        }
    }
    true
}

/// The items of a list, or the one value.
fn list(value: Option<&Json>) -> Vec<Json> {
    match value {
        Some(Json::Array(items)) => items.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    }
}

/// All pairs of the first so many; of very many only neighbours.
fn pairs(count: usize) -> Vec<(usize, usize)> {
    let reach = if count > EXCHANGED { 1 } else { count };
    (0..count).flat_map(|one| (one + 1..count.min(one + 1 + reach)).map(move |other| (one, other))).collect()
}

type Entries = Vec<(String, Json)>;

fn exchange_values(mut entries: Entries, one: usize, other: usize) -> Entries {
    let (first, second) = (entries[one].1.take(), entries[other].1.take());
    (entries[one].1, entries[other].1) = (second, first);
    entries
}

fn exchange_names(entries: Entries, one: usize, other: usize) -> Entries {
    let mut entries = exchange_values(entries, one, other);
    entries.swap(one, other);
    entries
}

fn exchange_entries(mut entries: Entries, one: usize, other: usize) -> Entries {
    entries.swap(one, other);
    entries
}

fn replace_texts(value: &mut Json, old: &str, new: &str) {
    match value {
        Json::String(text) if text == old => *text = new.to_owned(),
        Json::Array(items) => items.iter_mut().for_each(|item| replace_texts(item, old, new)),
        Json::Object(entries) => entries.iter_mut().for_each(|(_, item)| replace_texts(item, old, new)),
        _ => {}
    }
}
