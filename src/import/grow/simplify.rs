//! The same, said more simply: in another order, by another key, or not at all.

use serde_json::Value as Json;

use super::{At, EPSILON, Grower};
use crate::import::place::Place;
use crate::import::shape::Form;

/// Of longer mappings only neighbours are exchanged.
const EXCHANGED: usize = 16;

impl<'b> Grower<'b> {
    /// Brings values, names and entries of mappings into another order where what belongs together is apart.
    pub(super) fn rearrange(&mut self, place: &Place) {
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

    /// Takes away what changes nothing.
    pub(super) fn simplify(&mut self, at: &At<'b>) {
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
    pub(super) fn move_names(&mut self, at: &At<'b>) {
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
