//! Names: of entries of mappings, of items of lists, and of things that are there only for others.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{At, EPSILON, Grower, MOST, TRIES};
use crate::import::learn::touches;
use crate::import::place::Place;
use crate::import::shape::{BESIDE, Form, NAME, fits};
use crate::import::spell;
use crate::import::trial::{Bench, Owner, each_text};

/// So often an item of a list is exchanged or put between others.
const EXCHANGES: usize = 4;

impl<'b> Grower<'b> {
    /// Finds a better name for a thing that is there only for this one.
    pub(super) fn rename_beside(&mut self, thing: &str) -> String {
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
    pub(super) fn name_beside(&mut self) {
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
    pub(super) fn settle(&mut self, at: &At<'b>) {
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
                } else if self.is_free(at) {
                    self.refine(at);
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
        let is_example = self.pattern_of_names(at).is_some_and(|pattern| !fits(pattern, NAME));
        if !is_example && !name.to_lowercase().starts_with("probe") {
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

    fn pattern_of_names(&self, at: &At<'b>) -> Option<&'b str> {
        self.bench.schema.forms(at.schema).into_iter().find_map(|form| match form {
            Form::Map { name, .. } => name,
            _ => None,
        })
    }

    /// The names that entries of a mapping may have, by where the name of the entry `probe` stands.
    fn names_for(&self, at: &At<'b>, schema: &'b Json, probe: &str) -> Vec<String> {
        let general = at.entry(schema, probe).general;
        let pattern = self.pattern_of_names(at);
        if !self.bench.learned.borrow().names.contains_key(&general) {
            let other = match pattern {
                Some(pattern) if !fits(pattern, "probesname") => format!("{probe}{}", last_again(probe)),
                _ => "probesname".to_owned(),
            };
            let other = other.as_str();
            let mut document = self.document.clone();
            at.place.key(probe).rename(&mut document, other);
            // The name of a thing is also said where it is referred to.
            if at.place.0.len() == 1 {
                replace_texts(&mut document, &general.replace('*', probe), &general.replace('*', other));
            }
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
    pub(super) fn add_entry(&mut self, at: &At<'b>, schema: &'b Json) -> bool {
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

    /// Puts other items in the place of those of a list or between them, where an item says what kind it is.
    pub(super) fn exchange_items(&mut self, at: &At<'b>, schema: &'b Json) {
        let says_kind = |form: &Form<'_>| matches!(form, Form::Record(record) if record["oneOf"].is_array());
        if !self.bench.schema.forms(schema).iter().any(says_kind) {
            return;
        }
        for _ in 0..EXCHANGES {
            if self.is_done() || !self.may_help(at) {
                return;
            }
            let Some(Json::Array(items)) = at.place.get(&self.document).cloned() else { return };
            let values = self.bench.schema.least(schema, &self.candidates());
            let mut writes = Vec::new();
            for (index, value) in (0..items.len()).flat_map(|index| values.iter().map(move |value| (index, value))) {
                let (mut other, mut longer) = (items.clone(), items.clone());
                other[index] = value.clone();
                longer.insert(index, value.clone());
                writes.extend([(at.place.clone(), Json::Array(other)), (at.place.clone(), Json::Array(longer))]);
            }
            if !self.choose(at, writes, false) {
                return;
            }
        }
    }

    /// Adds items to a list, or makes one of a single value.
    pub(super) fn lengthen(&mut self, at: &At<'b>, schema: &'b Json) {
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
}

/// Adds the things that are named but not there, in each form that they may have.
pub(in crate::import) fn complete(bench: &Bench, document: Json) -> Vec<(Json, Vec<String>)> {
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
        let mut forms = bench.schema.least(schema, &bench.things(&document));
        forms.truncate(if beside.is_empty() { 8 } else { 1 });
        // Some need more than that: a job the archive that a build makes.
        if beside.is_empty() {
            forms.extend(bench.shown(section));
        }
        let known: Vec<String> = beside.iter().cloned().chain([missing.clone()]).collect();
        for form in forms.into_iter().rev() {
            let mut document = document.clone();
            Place::of(&[section, name]).set(&mut document, form);
            waiting.push((document, known.clone()));
        }
    }
    done
}

/// Adds the things that are named but not there, each in the form with which least is wrong.
pub(in crate::import) fn complete_well(bench: &Bench, document: &mut Json) {
    let all = Owner::default();
    for _ in 0..MOST {
        let Some(missing) = missing_thing(bench, document) else { return };
        let Some((section, name)) = missing.split_once('.') else { return };
        let Some(schema) = bench.schema.thing(section) else { return };
        let forms = bench.schema.least(schema, &bench.things(document)).into_iter().chain(bench.shown(section));
        let tries = forms.map(|form| {
            let mut tried = document.clone();
            Place::of(&[section, name]).set(&mut tried, form);
            (bench.compile(&tried).problems, bench.score(&tried, &all), tried)
        });
        let best = tries.min_by(|(a, far, _), (b, other, _)| a.cmp(b).then(far.total_cmp(other)));
        let Some((_, _, tried)) = best else { return };
        *document = tried;
    }
}

pub(super) fn missing_thing(bench: &Bench, document: &Json) -> Option<String> {
    let known = bench.things(document);
    let mut found = None;
    each_text(document, &mut |text| {
        let named = bench.named(text).into_iter();
        let mut missing = named.filter(|path| path.ends_with(BESIDE) && !known.contains(path));
        found = found.take().or_else(|| missing.next_back());
    });
    found
}

/// The last letter of a name, which makes another name of it.
fn last_again(name: &str) -> char {
    name.chars().last().filter(char::is_ascii_alphanumeric).unwrap_or('s')
}

fn replace_texts(value: &mut Json, old: &str, new: &str) {
    match value {
        Json::String(text) if text == old => *text = new.to_owned(),
        Json::Array(items) => items.iter_mut().for_each(|item| replace_texts(item, old, new)),
        Json::Object(entries) => entries.iter_mut().for_each(|(_, item)| replace_texts(item, old, new)),
        _ => {}
    }
}
