//! Values: which texts a key may have had, by what is missing where its value stands.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::entries::missing_thing;
use super::{At, EPSILON, Grower, TRIES};
use crate::import::learn::touches;
use crate::import::leaves;
use crate::import::shape::{Form, NAME, TEXT, fits, is_of, may_fit};
use crate::import::spell;
use crate::import::trial::Told;

/// So many files are tried for a key.
const FILES: usize = 12;

impl<'b> Grower<'b> {
    /// Finds the best simple value for a key.
    pub(super) fn refine(&mut self, at: &At<'b>) {
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
        let names_things = forms.iter().any(|form| matches!(form, Form::Reference(_)));
        let candidates = if names_things { self.candidates() } else { Vec::new() };
        for form in &forms {
            match form {
                Form::Map { name: None, value: None } => values.extend(self.objects()),
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
            let current = at.place.get(&self.document).and_then(Json::as_str);
            let varied = current.filter(|_| forms.iter().any(|form| matches!(form, Form::Text { pattern: None, .. })));
            let varied = varied.map(|text| (json!(text), json!(format!("{text}x"))));
            for (one, two) in forms.iter().flat_map(|form| probes(form)).chain(varied) {
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

    /// The mappings that stand in texts of what is wanted, as a document says them.
    fn objects(&self) -> Vec<Json> {
        let resources = self.bench.target.resources.iter().filter(|(id, _)| self.owner.is_own(id));
        let objects = resources.flat_map(|(_, leaves)| &leaves.objects);
        objects.filter_map(|object| spell::object(object, &self.phrases)).collect()
    }

    /// The things that a reference may name: those that what is missing names, or else all.
    pub(super) fn candidates(&self) -> Vec<String> {
        let things = self.bench.things(&self.document);
        let ids: Vec<_> = things.iter().map(|thing| (self.bench.own_id(thing), thing)).collect();
        let made = self.compiled(&self.document);
        let (missing, _) = self.difference();
        let mut met = BTreeSet::new();
        let mut named: Vec<String> = Vec::new();
        let mut texts = String::new();
        for (_, _, text) in &missing {
            texts.push_str(text);
            texts.push('\n');
            for name in leaves::names(text) {
                if met.insert(name) {
                    let of = ids.iter().filter(|(id, _)| name.starts_with(&**id));
                    named.extend(of.max_by_key(|(id, _)| id.len()).map(|(_, thing)| (*thing).clone()));
                }
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
pub(super) fn similar(touched: &str, pointer: &str, names: &[String]) -> bool {
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
