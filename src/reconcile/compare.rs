//! One wanted value against one live value.

mod policy;
mod sets;
mod wholes;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::class::Class;
use super::drift::{Difference, Unchecked, escape};
use super::ledger::{Entry, State};
use super::normalize::{self, Rules};
use super::resolved::{Resolved, ResolvedKind};
use crate::cloud::DetectedDifference;
use crate::desired::Origin;

pub(super) use wholes::{Whole, told_once};

/// Collects what comes out of comparing the properties of one resource.
pub(super) struct Comparison<'r> {
    rules: &'r Rules,
    /// Pointers that could not be read, with `*` for any one part, each with the reason.
    unread: &'r [(String, String)],
    differences: Vec<Difference>,
    wholes: Vec<Whole>,
    unchecked: Vec<Unchecked>,
    ledger: Vec<Entry>,
}

/// What comes out of a comparison.
pub(super) struct Compared {
    pub(super) differences: Vec<Difference>,
    /// Which of the differences are parts of one that is there on one side only.
    pub(super) wholes: Vec<Whole>,
    pub(super) unchecked: Vec<Unchecked>,
    pub(super) ledger: Vec<Entry>,
}

impl<'r> Comparison<'r> {
    /// `unread` could not be looked at.
    pub(super) fn without(rules: &'r Rules, unread: &'r [(String, String)]) -> Self {
        let (differences, wholes) = (Vec::new(), Vec::new());
        Self { rules, unread, differences, wholes, unchecked: Vec::new(), ledger: Vec::new() }
    }

    pub(super) fn done(self) -> Compared {
        let Self { differences, wholes, unchecked, ledger, .. } = self;
        Compared { differences, wholes, unchecked, ledger }
    }

    /// Why nobody could look at `pointer`.
    fn unread(&self, pointer: &str) -> Option<&'r str> {
        let found = self.unread.iter().find(|(pattern, _)| normalize::covers(pattern, pointer));
        found.map(|(_, reason)| reason.as_str())
    }

    fn count(&mut self, pointer: &str, state: State, declared: bool) {
        self.ledger.push(Entry { pointer: pointer.to_owned(), state, declared });
    }

    /// A value of the template that was looked at.
    fn looked_at(&mut self, pointer: &str) {
        let state = if self.rules.digest(pointer) { State::Hashed } else { State::Compared };
        self.count(pointer, state, true);
    }

    /// `path` is `pointer` in words.
    pub(super) fn compare(&mut self, pointer: &str, path: &str, wanted: &Resolved, live: Option<&Json>) {
        if let ResolvedKind::Unknown(reason) = &wanted.kind {
            return self.leave(pointer, reason, &wanted.origin);
        }
        if let Some(reason) = self.unread(pointer) {
            return self.leave_all(pointer, wanted, reason);
        }
        if self.rules.masked(pointer) {
            return self.leave_all(pointer, wanted, "AWS hides this value in its answers");
        }
        let parsed = live.and_then(|live| self.parsed(pointer, wanted, live));
        let live = parsed.as_ref().or(live).filter(|live| !live.is_null()).or_else(|| self.rules.usual(pointer));
        match (&wanted.kind, live) {
            (ResolvedKind::Map(entries), Some(live @ Json::Object(_))) if policy::is_policy(entries) => {
                self.compare_policy(pointer, path, wanted, live);
            }
            (ResolvedKind::Map(entries), None) => {
                let from = self.differences.len();
                self.compare_map(pointer, path, entries, &wanted.origin, None);
                self.missing_from(from, pointer, path, wanted);
            }
            (ResolvedKind::Map(entries), Some(Json::Object(_))) => {
                self.compare_map(pointer, path, entries, &wanted.origin, live);
            }
            (ResolvedKind::List(items), None | Some(Json::Array(_))) => {
                let live = live.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
                self.compare_list(pointer, path, items, &wanted.origin, live);
            }
            (ResolvedKind::Scalar(value), Some(live)) if self.rules.named_otherwise(pointer, value, live) => {
                self.leave(pointer, "AWS tells the key, and not the alias that is asked for", &wanted.origin);
            }
            (ResolvedKind::Scalar(value), Some(live)) => {
                self.looked_at(pointer);
                if !self.rules.same(pointer, value, live) {
                    self.differ(pointer, path, Some(value.clone()), Some(live.clone()), &wanted.origin);
                }
            }
            (ResolvedKind::Scalar(value), None) => {
                self.looked_at(pointer);
                if !empty(value) {
                    self.differ(pointer, path, Some(value.clone()), None, &wanted.origin);
                }
            }
            (_, live) => {
                self.looked_at(pointer);
                self.differ(pointer, path, Some(wanted.known_json()), live.cloned(), &wanted.origin);
            }
        }
    }

    /// What a text holds where the other side is no text.
    fn parsed(&self, pointer: &str, wanted: &Resolved, live: &Json) -> Option<Json> {
        let structured = matches!(wanted.kind, ResolvedKind::Map(_) | ResolvedKind::List(_));
        match live {
            Json::String(text) if structured && self.rules.document(pointer) => normalize::json(text),
            Json::Array(_) | Json::Object(_) if !structured && self.rules.document(pointer) => {
                let text = wanted.to_json()?;
                let equal = normalize::json(text.as_str()?).as_ref() == Some(live);
                equal.then_some(text)
            }
            _ => None,
        }
    }

    fn compare_map(
        &mut self,
        pointer: &str,
        path: &str,
        entries: &[(String, Resolved)],
        origin: &Origin,
        live: Option<&Json>,
    ) {
        let live = live.and_then(Json::as_object);
        for (key, wanted) in entries {
            let value = live.and_then(|live| live.get(key));
            self.compare(&format!("{pointer}/{}", escape(key)), &format!("{path}.{key}"), wanted, value);
        }
        // Tags are also set by stacks, organisations and AWS itself.
        if pointer == "/Tags" {
            return;
        }
        for (key, value) in live.into_iter().flatten() {
            if !entries.iter().any(|(name, _)| name == key) {
                self.undeclared(&format!("{pointer}/{}", escape(key)), &format!("{path}.{key}"), value, origin);
            }
        }
        for name in self.rules.settable(pointer) {
            let there = live.is_some_and(|live| live.contains_key(name));
            if !there && !entries.iter().any(|(key, _)| key == name) {
                self.absent(&format!("{pointer}/{}", escape(name)));
            }
        }
    }

    /// A property that neither the template nor the account has.
    pub(super) fn absent(&mut self, pointer: &str) {
        let never = || self.rules.write_only(pointer).then_some("AWS never returns this property");
        let state = match self.unread(pointer).or_else(never) {
            Some(reason) => State::NotCheckable(reason.to_owned()),
            None => State::Defaulted,
        };
        self.count(pointer, state, false);
    }

    /// A property that the template does not set, and at which nobody looked.
    pub(super) fn overlook(&mut self, pointer: &str, reason: &str) {
        self.count(pointer, State::NotCheckable(reason.to_owned()), false);
    }

    fn compare_list(&mut self, pointer: &str, path: &str, items: &[Resolved], origin: &Origin, live: &[Json]) {
        let unordered = self.rules.unordered(pointer) || pointer == "/Tags";
        if let Some(key) = self.rules.identity(pointer)
            && let Some(names) = names(items, key)
        {
            return self.compare_named(pointer, path, items, &names, key, origin, live);
        }
        if unordered {
            return self.compare_set(pointer, path, items, origin, live);
        }
        for (index, wanted) in items.iter().enumerate() {
            let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{index}]"));
            self.compare(&pointer, &path, wanted, live.get(index));
        }
        for (index, value) in live.iter().enumerate().skip(items.len()) {
            let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{index}]"));
            self.differ(&pointer, &path, None, Some(value.clone()), origin);
        }
    }

    /// Items that have names are compared by name, so that one missing item is one difference.
    #[expect(clippy::too_many_arguments, reason = "both sides, the place in two notations, and how items are named")]
    fn compare_named(
        &mut self,
        pointer: &str,
        path: &str,
        items: &[Resolved],
        names: &[String],
        key: &str,
        origin: &Origin,
        live: &[Json],
    ) {
        let named = |name: &str| live.iter().find(|value| value[key].as_str() == Some(name));
        let mut seen: Vec<&str> = Vec::new();
        for (index, (wanted, name)) in items.iter().zip(names).enumerate() {
            let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{name}]"));
            match named(name) {
                Some(value) => {
                    seen.push(name);
                    self.compare(&pointer, &path, wanted, Some(value));
                }
                None => self.compare(&pointer, &path, wanted, None),
            }
        }
        let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let name_of = |value: &Json| value[key].as_str().unwrap_or_default().to_owned();
        let known = live.iter().filter(|value| value[key].as_str().is_some_and(|name| wanted.contains(name)));
        let order: Vec<String> = known.map(name_of).collect();
        if !self.rules.unordered(pointer) && pointer != "/Tags" && order != seen {
            let texts = |names: &[&str]| names.iter().copied().map(Json::from).collect();
            let order: Json = order.into_iter().map(Json::from).collect();
            self.differ(pointer, &format!("{path} (order)"), Some(texts(&seen)), Some(order), origin);
        }
        if pointer == "/Tags" {
            return;
        }
        for (index, value) in live.iter().enumerate() {
            let name = name_of(value);
            if !wanted.contains(name.as_str()) {
                let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{name}]"));
                self.differ(&pointer, &path, None, Some(value.clone()), origin);
            }
        }
    }

    /// A live value that the template does not mention: only what AWS would not have by itself is a difference.
    pub(super) fn undeclared(&mut self, pointer: &str, path: &str, live: &Json, origin: &Origin) {
        if !self.rules.declarable(pointer) {
            return;
        }
        let usual = self.rules.usual(pointer);
        if empty(live)
            || usual.is_some_and(|usual| self.rules.same_json(pointer, usual, live))
            || self.rules.computed(pointer)
        {
            return self.count(pointer, State::Defaulted, false);
        }
        match live {
            // Each part has its own default.
            Json::Object(map) if usual.is_none() => {
                let from = self.differences.len();
                for (key, value) in map {
                    self.undeclared(&format!("{pointer}/{}", escape(key)), &format!("{path}.{key}"), value, origin);
                }
                self.surplus_from(from, pointer, path, origin);
            }
            _ => {
                self.count(pointer, State::Compared, false);
                self.differ(pointer, path, None, Some(live.clone()), origin);
            }
        }
    }

    /// Counts all of a value as compared and equal, except unknown parts and those that `write_only` has a reason for.
    pub(super) fn accept(
        &mut self,
        pointer: &str,
        wanted: &Resolved,
        write_only: &dyn Fn(&str) -> Option<&'static str>,
    ) {
        if let Some(reason) = write_only(pointer) {
            return self.leave_all(pointer, wanted, reason);
        }
        match &wanted.kind {
            ResolvedKind::Map(entries) => {
                for (key, value) in entries {
                    self.accept(&format!("{pointer}/{}", escape(key)), value, write_only);
                }
            }
            ResolvedKind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.accept(&format!("{pointer}/{index}"), item, write_only);
                }
            }
            // CloudFormation knows the values that are unknown here.
            ResolvedKind::Scalar(_) | ResolvedKind::Unknown(_) => self.looked_at(pointer),
        }
    }

    /// Reports what CloudFormation found, at the authored value if there is one.
    pub(super) fn report_found(&mut self, top: &str, name: &str, wanted: &Resolved, found: &DetectedDifference) {
        let parts: Vec<&str> = found.pointer.strip_prefix(top).unwrap_or_default().split('/').skip(1).collect();
        let origin = deepest(wanted, &parts).origin.clone();
        let path = parts.iter().fold(name.to_owned(), |path, part| match part.parse::<usize>() {
            Ok(index) => format!("{path}[{index}]"),
            Err(_) => format!("{path}.{part}"),
        });
        self.differ(&found.pointer, &path, found.expected.clone(), found.live.clone(), &origin);
    }

    /// Lists every value below as unchecked.
    pub(super) fn leave_all(&mut self, pointer: &str, wanted: &Resolved, reason: &str) {
        match &wanted.kind {
            ResolvedKind::Map(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    self.leave_all(&format!("{pointer}/{}", escape(key)), value, reason);
                }
            }
            ResolvedKind::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.leave_all(&format!("{pointer}/{index}"), item, reason);
                }
            }
            _ => self.leave(pointer, reason, &wanted.origin),
        }
    }

    pub(super) fn leave(&mut self, pointer: &str, reason: &str, origin: &Origin) {
        let (pointer, reason) = (pointer.to_owned(), reason.to_owned());
        self.count(&pointer, State::NotCheckable(reason.clone()), true);
        self.unchecked.push(Unchecked { pointer, reason, origin: origin.clone() });
    }

    fn differ(&mut self, pointer: &str, path: &str, wanted: Option<Json>, live: Option<Json>, origin: &Origin) {
        let (pointer, path) = (pointer.to_owned(), path.to_owned());
        self.differences.push(Difference {
            pointer,
            path,
            wanted,
            live,
            origin: origin.clone(),
            accepted: None,
            class: Class::OutOfBand,
        });
    }
}

/// The names of all items under `key`; `None` when one has none or two are equal.
fn names(items: &[Resolved], key: &str) -> Option<Vec<String>> {
    let name = |item: &Resolved| item.get(key)?.to_json()?.as_str().map(str::to_owned);
    let names: Vec<String> = items.iter().map(name).collect::<Option<_>>()?;
    let unique = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    unique.then_some(names)
}

/// What AWS returns for "nothing".
fn empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.values().all(empty),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// The value at the end of `parts` as far as there is one.
pub(super) fn deepest<'v>(value: &'v Resolved, parts: &[&str]) -> &'v Resolved {
    let Some((part, rest)) = parts.split_first() else { return value };
    let part = part.replace("~1", "/").replace("~0", "~");
    let next = match &value.kind {
        ResolvedKind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => value.get(&part),
    };
    next.map_or(value, |next| deepest(next, rest))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
