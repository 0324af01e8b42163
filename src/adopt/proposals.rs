//! The edits that may be meant, the ones that read best first.

mod hatch;
mod keys;
mod params;

use serde_json::Value as Json;

use super::outcome::{Outcome, Target, text};
use super::page::{Change, Page};
use super::shape::Shape;
use super::spelling::spellings;
use super::{Means, Wish, editable};
use crate::compile::{Build, Input};
use crate::desired::{Resource, Value};
use crate::model::{Entry, Model};
use crate::source::Span;
use crate::syntax::{Node, Value as Syntax};

/// Changes of one file that may be meant.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub path: String,
    pub changes: Vec<Change>,
    pub means: Means,
    pub says: String,
}

/// All that is known when edits are thought of.
pub struct Sight<'a> {
    pub input: &'a Input,
    pub outcome: &'a Outcome,
    pub target: &'a Target,
    pub wish: &'a Wish,
    pub model: Option<&'a Model>,
    pub resource: Option<&'a Resource>,
    /// Whether the template serves other environments too.
    pub is_shared: bool,
}

/// A value of the document.
pub struct Spot<'p> {
    pub page: &'p Page,
    pub path: Vec<String>,
    pub node: &'p Node,
}

impl<'a> Sight<'a> {
    pub fn new(input: &'a Input, build: &'a Build, outcome: &'a Outcome, target: &'a Target, wish: &'a Wish) -> Self {
        let holds = |name: &str| name == target.stack;
        let stack = build.desired.stacks.iter().find(|stack| stack.deployments.iter().any(|it| holds(&it.stack_name)));
        Self {
            input,
            outcome,
            target,
            wish,
            model: build.model.as_ref(),
            resource: stack.and_then(|stack| stack.resources.get(&target.id)),
            is_shared: stack.is_some_and(|stack| stack.deployments.len() > 1),
        }
    }

    /// What may be meant, and what keeps more from being so.
    pub fn proposals(&self) -> (Vec<Proposal>, Vec<String>) {
        let (mut all, mut hindrances) = (Vec::new(), Vec::new());
        for span in self.spans() {
            match editable(self.input, span.path()) {
                Ok(page) => self.written(&page, &span, &mut all),
                Err(why) => hindrances.push(why),
            }
        }
        if let Some(entry) = self.entry() {
            match editable(self.input, entry.name.span.path()) {
                Ok(page) => self.unwritten(&page, entry, &mut all),
                Err(why) => hindrances.push(why),
            }
        }
        all.retain(|proposal| !self.is_shared || proposal.means == Means::Param);
        if let Ok(page) = editable(self.input, self.input.file.path()) {
            let last: Vec<Proposal> = self.overrides(&page);
            for span in self.spans().into_iter().take(1).filter(|span| span.path() == self.input.file.path()) {
                self.new_param(&page, &span, &mut all);
            }
            all.extend(last);
        }
        (all, hindrances)
    }

    /// The thing that the resource belongs to.
    pub fn entry(&self) -> Option<&'a Entry> {
        self.model?.entry(&self.resource?.thing)
    }

    /// What the value is by the document.
    pub fn before(&self) -> Option<&Json> {
        self.target.before.pointer(&self.target.pointer)
    }

    fn value(&self) -> Option<&'a Value> {
        self.resource?.properties.at(&self.target.pointer)
    }

    /// The nearest value around the wanted one, and where the keys from there on lead.
    fn around(&self) -> Option<(&'a Value, Vec<String>)> {
        let properties = &self.resource?.properties;
        let mut pointer = self.target.pointer.as_str();
        let mut below = Vec::new();
        while let Some((parent, last)) = pointer.rsplit_once('/') {
            below.insert(0, last.replace("~1", "/").replace("~0", "~"));
            if let Some(value) = properties.at(parent) {
                return Some((value, below));
            }
            pointer = parent;
        }
        None
    }

    /// Where the wanted value may be written.
    fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        spans.extend(self.value().map(|value| value.origin.span.clone()));
        spans.push(self.wish.origin.span.clone());
        if let Some((value, _)) = self.around() {
            spans.push(value.origin.span.clone());
        }
        let mut once: Vec<Span> = Vec::new();
        for span in spans {
            if !once.contains(&span) {
                once.push(span);
            }
        }
        once
    }

    /// Another value where one is written.
    fn written(&self, page: &Page, span: &Span, all: &mut Vec<Proposal>) {
        let Some((path, node)) = page.around(span) else { return };
        let spot = Spot { page, path, node };
        match &node.value {
            Syntax::Scalar(scalar) => match (whole(&scalar.text), &self.wish.live) {
                (Some(name), Some(live)) if name.starts_with("params.") => {
                    self.other_param(&name["params.".len()..], live, all);
                }
                (Some(name), Some(live)) if name.starts_with("inputs.") => {
                    self.other_input(&name["inputs.".len()..], live, all);
                }
                (_, Some(live)) => self.other_scalar(&spot, &scalar.text, live, all),
                (_, None) => self.taken_away(&spot, all),
            },
            Syntax::List(_) => self.other_list(&spot, all),
            Syntax::Map(_) => self.other_entry(&spot, all),
            Syntax::Null => {}
        }
    }

    fn other_scalar(&self, spot: &Spot<'_>, old: &str, live: &Json, all: &mut Vec<Proposal>) {
        if live.is_array() || live.is_object() {
            return;
        }
        let words = Shape::at(&spot.path).words();
        let named = self.outcome.things(&self.target.stack, &text(live)).into_iter().map(Json::from);
        for spelled in named.chain(spellings(Some(old), self.before(), live, &words)) {
            if text(&spelled) != old {
                self.propose(spot.page, &spot.path, &spelled, Means::Key, all);
            }
        }
    }

    /// Without the entry or item, or without those around it that say nothing else.
    fn taken_away(&self, spot: &Spot<'_>, all: &mut Vec<Proposal>) {
        for length in (2..=spot.path.len()).rev().take(2) {
            let path = &spot.path[..length];
            let says = format!("`{}` is removed", path.join("."));
            let changes = vec![Change::Remove(path.to_vec())];
            all.push(Proposal { path: spot.page.file.path().to_owned(), changes, means: Means::Key, says });
        }
    }

    /// A list with more items or less.
    fn other_list(&self, spot: &Spot<'_>, all: &mut Vec<Proposal>) {
        let Syntax::List(nodes) = &spot.node.value else { return };
        let (was, wanted) = match (&self.wish.live, self.target.list()) {
            (Some(Json::Array(wanted)), _) => (self.before().cloned(), wanted.clone()),
            (_, Some((pointer, Json::Array(wanted)))) => (self.target.before.pointer(&pointer).cloned(), wanted),
            (None, _) => return self.taken_away(spot, all),
            _ => return,
        };
        let Some(Json::Array(was)) = was.filter(|was| was.as_array().is_some_and(|was| was.len() == nodes.len()))
        else {
            return;
        };
        let gone: Vec<usize> = (0..was.len()).filter(|index| !wanted.contains(&was[*index])).collect();
        let added: Vec<&Json> = wanted.iter().filter(|item| !was.contains(item)).collect();
        for style in 0..3 {
            let spelled: Option<Vec<Json>> = added.iter().map(|item| self.item(item, style)).collect();
            let Some(spelled) = spelled else { continue };
            let says = format!("`{}` has other items", spot.path.join("."));
            let changes = vec![Change::Items { list: spot.path.clone(), gone: gone.clone(), added: spelled }];
            all.push(Proposal { path: spot.page.file.path().to_owned(), changes, means: Means::Key, says });
        }
    }

    fn item(&self, live: &Json, style: usize) -> Option<Json> {
        match style {
            0 => self.outcome.things(&self.target.stack, live.as_str()?).into_iter().next().map(Json::from),
            1 => Some(live.clone()),
            _ => live.as_str().map(|text| Json::from(super::spelling::kebab(text))),
        }
    }

    /// An entry that is not written yet, in a mapping that comes to the one around the wanted value.
    fn other_entry(&self, spot: &Spot<'_>, all: &mut Vec<Proposal>) {
        let (Some(live), Some((_, below))) = (&self.wish.live, self.around()) else { return };
        let mut path = spot.path.clone();
        path.extend(below);
        if spot.page.at(&path).is_none() {
            self.propose(spot.page, &path, live, Means::Key, all);
        }
    }

    /// What is written for all environments is never right for one alone.
    pub fn propose(&self, page: &Page, path: &[String], value: &Json, means: Means, all: &mut Vec<Proposal>) {
        if self.is_shared && means == Means::Key {
            return;
        }
        let says = format!("`{}` becomes `{}`", path.join("."), text(value));
        let changes = vec![Change::Set(path.to_vec(), value.clone())];
        all.push(Proposal { path: page.file.path().to_owned(), changes, means, says });
    }
}

/// The name that a text consists of: `params.shards` of `${{ params.shards }}`.
pub fn whole(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("${{")?.strip_suffix("}}")?;
    (!inside.contains("${{")).then(|| inside.trim())
}
