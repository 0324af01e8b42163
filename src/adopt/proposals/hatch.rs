//! Overrides: what any property can be said by.

use serde_json::{Map, Value as Json};

use super::params::strings;
use super::{Proposal, Sight};
use crate::adopt::Means;
use crate::adopt::page::Page;
use crate::desired::ValueKind;
use crate::model::logical_id;
use crate::syntax::Value as Syntax;

impl Sight<'_> {
    pub(super) fn overrides(&self, page: &Page) -> Vec<Proposal> {
        let mut all = Vec::new();
        for base in self.hatches(page) {
            let (pointer, value) = self.changed();
            let mut path = base;
            path.extend(pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")));
            let named = value.as_str().map(|name| self.outcome.things(&self.target.stack, name)).unwrap_or_default();
            for expression in named.into_iter().filter(|it| it.starts_with("${{")) {
                self.propose(page, &path, &Json::from(expression), Means::Override, &mut all);
            }
            self.propose(page, &path, &value, Means::Override, &mut all);
        }
        all
    }

    /// Where an override of the resource may stand: with its thing, or by its logical id; of one environment, with that.
    fn hatches(&self, page: &Page) -> Vec<Vec<String>> {
        if self.is_shared {
            return vec![strings(&["environments", &self.wish.environment, "overrides", &self.target.id])];
        }
        let mut all = Vec::new();
        if let Some(entry) = self.entry().filter(|entry| entry.name.span.path() == page.file.path())
            && let Some((path, node)) = page.around(&entry.name.span)
            && matches!(node.value, Syntax::Map(_) | Syntax::Null)
        {
            let own = logical_id(entry.section, &entry.name.value, "") == self.target.id;
            let mut place = [path, strings(&["overrides"])].concat();
            if !own {
                place.push(self.target.id.clone());
            }
            all.push(place);
        }
        all.push(strings(&["overrides", &self.target.id]));
        all
    }

    /// What is to be overridden: the wanted value, or the list that it is in.
    fn changed(&self) -> (String, Json) {
        let pointer = &self.target.pointer;
        if let Some(function) = self.function_around() {
            return (function.clone(), self.target.wanted.pointer(&function).cloned().unwrap_or(Json::Null));
        }
        let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1);
        let several = self.target.parts.len() > 1;
        let list = ends
            .map(|end| &pointer[..end])
            .chain(several.then_some(pointer.as_str()))
            .find(|part| self.target.before.pointer(part).is_some_and(Json::is_array));
        if let Some(list) = list {
            // Items beside the wanted one stay as they are asked for.
            let mut properties = self.resource.map_or(Json::Null, |resource| resource.properties.to_json());
            self.target.apply(&mut properties);
            return (list.to_owned(), properties.pointer(list).cloned().unwrap_or(Json::Null));
        }
        let value = match (self.before(), &self.wish.live) {
            (_, None) => Json::Null,
            (Some(before), Some(live)) => patch(before, live),
            (None, Some(live)) => live.clone(),
        };
        (pointer.clone(), value)
    }

    /// Where a function of CloudFormation gives more than the wanted value: it can be replaced only as a whole.
    fn function_around(&self) -> Option<String> {
        let (properties, pointer) = (&self.resource?.properties, &self.target.pointer);
        let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1);
        let is_function =
            |part: &&str| properties.at(part).is_some_and(|value| matches!(value.kind, ValueKind::Intrinsic(_)));
        ends.map(|end| &pointer[..end]).find(is_function).map(str::to_owned)
    }
}

/// What makes one value of another when it is merged into it.
fn patch(before: &Json, live: &Json) -> Json {
    let (Json::Object(before), Json::Object(live)) = (before, live) else { return live.clone() };
    let mut changes = Map::new();
    for (key, value) in live {
        match before.get(key) {
            Some(same) if same == value => {}
            Some(other) => {
                changes.insert(key.clone(), patch(other, value));
            }
            None => {
                changes.insert(key.clone(), value.clone());
            }
        }
    }
    changes.extend(before.keys().filter(|key| !live.contains_key(*key)).map(|key| (key.clone(), Json::Null)));
    changes.into()
}
