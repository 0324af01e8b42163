//! The last work on a document: what is refused, unknown or idle goes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::leaves::Leaves;
use super::place::{Part, Place};
use super::report::{Differs, changes};
use super::shape::PLACEHOLDERS;
use super::trial::{Bench, Owner, Tried, each_text, more};

/// So many things are given up at most.
const MOST_GIVEN_UP: usize = 60;

/// Gives up keys and things that are refused: overrides say what they make, or their resources stay as they are.
pub(super) fn mend(bench: &Bench, document: &mut Json) {
    for _ in 0..MOST_GIVEN_UP {
        let problems = bench.compile(document).problems;
        if problems == 0 {
            return;
        }
        let things = bench.things(document).into_iter().filter(|thing| !thing.starts_with("environments."));
        let whole = things.map(|thing| without(bench, document, &thing));
        let keys = places(bench, document).into_iter().map(|place| {
            let mut tried = document.clone();
            place.remove(&mut tried, 2);
            tried
        });
        let tries = keys.chain(whole).map(|tried| {
            let lost = document.to_string().len().saturating_sub(tried.to_string().len());
            (problems.saturating_sub(bench.compile(&tried).problems), lost, tried)
        });
        // The one with which least is lost for each problem that goes with it.
        let helps = tries.filter(|(solved, ..)| *solved > 0);
        let best = helps.min_by(|(solved, lost, _), (others, more, _)| (lost * others).cmp(&(more * solved)));
        match best {
            Some((_, _, tried)) => *document = tried,
            None => return,
        }
    }
}

/// Gives up things that make something else under the name of a resource: it stays as it is.
pub(super) fn same_types(bench: &Bench, document: &mut Json) {
    for thing in bench.things(document) {
        if bench.is_of_other_type(document, &thing) {
            let tried = without(bench, document, &thing);
            if bench.compile(&tried).problems <= bench.compile(document).problems {
                *document = tried;
            }
        }
    }
}

/// So many overrides are given up at most.
const MOST_OVERRIDES: usize = 8;

/// Gives up overrides and raw resources with which a document is refused: what the template had is told as changed.
pub(super) fn mend_overrides(bench: &Bench, document: &mut Json) {
    for _ in 0..MOST_OVERRIDES {
        let errors = bench.errors(document).len();
        if errors == 0 {
            return;
        }
        let hatches = hatches(bench, document).into_iter().map(|place| {
            let mut tried = document.clone();
            place.remove(&mut tried, 2);
            (bench.errors(&tried).len(), tried)
        });
        let helps = hatches.filter(|(left, _)| *left < errors);
        match helps.min_by_key(|(left, _)| *left) {
            Some((_, tried)) => *document = tried,
            None => return,
        }
    }
}

/// A thing that has to be given up, because the document is refused with it or says much of its resource otherwise.
pub(super) fn refused(bench: &Bench, document: &Json) -> Option<String> {
    let known = bench.things(document);
    let found = bench.errors(document).into_iter().flatten().find(|thing| known.contains(thing));
    found.or_else(|| known.into_iter().find(|thing| is_far(bench, document, thing)))
}

/// So many values of a resource may be otherwise, of a hundred.
const FAR: usize = 10;

fn is_far(bench: &Bench, document: &Json, thing: &str) -> bool {
    let id = bench.own_id(thing);
    let made = bench.compile(document);
    let Some((wanted, made)) = bench.target.resources.get(&*id).zip(made.resources.get(&*id)) else { return false };
    more(wanted, made).len() * 100 > FAR * wanted.len().max(10)
}

/// The things of which a resource would be otherwise than it was, though it keeps its name or is their own.
pub(super) fn otherwise(bench: &Bench, document: &Json, names: &BTreeMap<String, String>) -> Vec<String> {
    let made = bench.compile(document);
    let renamed: BTreeSet<&String> = names.iter().filter(|(id, name)| id != name).map(|(_, name)| name).collect();
    let things = bench.things(document).into_iter().filter(|thing| {
        let own = bench.own_id(thing);
        let counts = |id: &String| made.things.get(id) == Some(thing) && (**id == *own || !renamed.contains(id));
        let mut all = bench.target.resources.iter().filter(|(id, _)| counts(id));
        all.any(|(id, wanted)| made.resources.get(id).is_none_or(|made| loses(wanted, made)))
    });
    things.collect()
}

/// Whether a value of a resource goes away or becomes another.
fn loses(wanted: &Leaves, made: &Leaves) -> bool {
    let is_lost = |(pointer, was, _): &Differs| was.is_some() && pointer != "@Condition";
    wanted.resource_type != made.resource_type || changes(wanted, made).iter().any(is_lost)
}

/// The places of overrides of properties, and of raw resources.
fn hatches(bench: &Bench, document: &Json) -> Vec<Place> {
    let below = |place: &Place| -> Vec<Place> {
        let entries = place.get(document).and_then(Json::as_object).into_iter().flatten();
        entries.map(|(key, _)| place.key(key)).collect()
    };
    let mut found = Vec::new();
    for thing in bench.things(document) {
        let Some((section, name)) = thing.split_once('.') else { continue };
        found.extend(below(&Place::of(&[section, name, "overrides"])));
    }
    found.extend(below(&Place::of(&["overrides"])));
    found.extend(below(&Place::of(&["resources"])));
    found
}

/// Alarms that nobody asked for go: an address that is told of releases is not one that is told of failures.
pub(super) fn without_alarms(bench: &Bench, document: &mut Json) {
    let mut tried = document.clone();
    Place::of(&["alarms", "notify"]).remove(&mut tried, 0);
    let all = Owner::default();
    if bench.compile(&tried).problems <= bench.compile(document).problems
        && bench.score(&tried, &all) <= bench.score(document, &all)
    {
        *document = tried;
    }
}

/// Takes out what stands for a name or text that was not found: the key, or as much around it as has to go with it.
pub(super) fn known_only(bench: &Bench, document: &mut Json) {
    // Somebody may call a thing a probe.
    let given = |word: &str| {
        let texts = |(id, leaves): (&String, &Leaves)| {
            id.to_lowercase().contains(&word.to_lowercase())
                || leaves.placed.iter().any(|(pointer, (_, text))| pointer.contains(word) || text.contains(word))
        };
        bench.target.resources.iter().any(texts)
    };
    let words: Vec<&str> = PLACEHOLDERS.into_iter().filter(|word| !given(word)).collect();
    for _ in 0..MOST_GIVEN_UP {
        let parts = document.as_object().into_iter().flatten();
        let mut parts = parts.filter(|(key, _)| !["name", "environments", "params"].contains(&key.as_str()));
        let place = parts.find_map(|(key, part)| unknown(part, &words, &Place::of(&[key])));
        let Some(place) = place else { return };
        *document = given_up(bench, document, &place);
    }
}

/// Without what is at a place, as little as the compiler puts up with.
fn given_up(bench: &Bench, document: &Json, place: &Place) -> Json {
    let problems = bench.compile(document).problems;
    let mut place = place.clone();
    while place.0.len() > 2 {
        let mut tried = document.clone();
        place.remove(&mut tried, 2);
        if bench.compile(&tried).problems <= problems {
            return tried;
        }
        place.0.pop();
    }
    match place.0.as_slice() {
        [Part::Key(section), Part::Key(name)] if bench.sections.contains(&section.as_str()) => {
            without(bench, document, &format!("{section}.{name}"))
        }
        _ => {
            let mut tried = document.clone();
            place.remove(&mut tried, 0);
            tried
        }
    }
}

/// The first place that holds such a word, or is called so.
fn unknown(value: &Json, words: &[&str], at: &Place) -> Option<Place> {
    let names = |text: &str| {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
        parts.into_iter().any(|part| words.contains(&part))
    };
    match value {
        Json::String(text) => names(text).then(|| at.clone()),
        Json::Array(items) => items.iter().enumerate().find_map(|(index, item)| unknown(item, words, &at.index(index))),
        Json::Object(map) => map.iter().find_map(|(key, item)| match names(key) {
            true => Some(at.key(key)),
            false => unknown(item, words, &at.key(key)),
        }),
        _ => None,
    }
}

/// All keys and items inside of things.
fn places(bench: &Bench, document: &Json) -> Vec<Place> {
    let mut found = Vec::new();
    for thing in bench.things(document).iter().filter(|thing| !thing.starts_with("environments.")) {
        let Some((section, name)) = thing.split_once('.') else { continue };
        let place = Place::of(&[section, name]);
        below(&document[section][name], &place, &mut found);
    }
    found
}

fn below(value: &Json, place: &Place, found: &mut Vec<Place>) {
    let inside: Vec<(Place, &Json)> = match value {
        Json::Object(map) => map.iter().map(|(key, item)| (place.key(key), item)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, item)| (place.index(index), item)).collect(),
        _ => return,
    };
    for (place, item) in inside {
        below(item, &place, found);
        found.push(place);
    }
}

/// A document without a thing and all that name it.
pub(super) fn without(bench: &Bench, document: &Json, thing: &str) -> Json {
    let mut document = document.clone();
    let mut waiting = vec![thing.to_owned()];
    while let Some(thing) = waiting.pop() {
        let Some((section, name)) = thing.split_once('.') else { continue };
        Place::of(&[section, name]).remove(&mut document, 0);
        Place::of(&["alarms", "except", &thing]).remove(&mut document, 1);
        for other in bench.things(&document) {
            let Some((section, name)) = other.split_once('.') else { continue };
            let mut names = false;
            each_text(&document[section][name], &mut |text| names |= bench.named(text).contains(&thing));
            if names {
                waiting.push(other);
            }
        }
    }
    document
}

/// Takes out keys that make more than the templates have: what they were to make, others make.
pub(super) fn spare(bench: &Bench, document: &mut Json) {
    let all = Owner::default();
    let made = bench.compile(document);
    let more = made.things.iter().filter(|(id, _)| !bench.target.resources.contains_key(*id));
    let things: BTreeSet<&String> = more.map(|(_, thing)| thing).collect();
    let mut score = bench.score(document, &all);
    for place in places(bench, document).iter().filter(|place| place.0.len() > 2).rev() {
        let [Part::Key(section), Part::Key(name), ..] = place.0.as_slice() else { continue };
        if !things.contains(&format!("{section}.{name}")) || place.get(document).is_none() {
            continue;
        }
        let mut tried = document.clone();
        place.remove(&mut tried, 2);
        let other = bench.score(&tried, &all);
        let adds =
            |tried: &Tried| tried.resources.keys().filter(|id| !bench.target.resources.contains_key(*id)).count();
        if other < score && adds(&bench.compile(&tried)) < adds(&bench.compile(document)) {
            (*document, score) = (tried, other);
        }
    }
}

/// Takes out what nothing uses: params, and things that were there only to be named.
pub(super) fn tidy(bench: &Bench, document: &mut Json) {
    loop {
        let made = bench.compile(document);
        let mut text = String::new();
        each_text(document, &mut |part| {
            text.push_str(part);
            text.push('\n');
        });
        let named = bench.named(&text);
        let own = |thing: &String| {
            let mut all = made.things.iter();
            all.any(|(id, other)| other == thing && bench.target.resources.contains_key(id))
        };
        let things = bench.things(document).into_iter();
        let idle =
            things.filter(|thing| !thing.starts_with("environments.")).find(|it| !own(it) && !named.contains(it));
        let Some((section, name)) = idle.as_ref().and_then(|thing| thing.split_once('.')) else { break };
        Place::of(&[section, name]).remove(document, 0);
    }
}

/// Takes out the params that nothing uses.
pub(super) fn tidy_params(document: &mut Json) {
    let mut text = String::new();
    each_text(document, &mut |part| {
        text.push_str(part);
        text.push('\n');
    });
    let params: Vec<String> = document["params"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    for param in params.iter().filter(|param| !text.contains(&format!("{{{{ params.{param} }}}}"))) {
        Place::of(&["params", param]).remove(document, 0);
        let environments: Vec<String> =
            document["environments"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
        for environment in environments {
            Place::of(&["environments", &environment, "params", param]).remove(document, 2);
        }
    }
}
