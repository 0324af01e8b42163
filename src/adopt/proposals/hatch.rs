//! Overrides: what any property can be said by.

use serde_json::{Map, Value as Json};

use super::params::strings;
use super::{Proposal, Sight};
use crate::adopt::Means;
use crate::adopt::outcome::put;
use crate::adopt::page::Page;
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
            let before = self.target.before.pointer(&pointer);
            if let Some(before) = before.filter(|it| self.is_shared && is_scalar(it) && is_scalar(&value)) {
                let name = self.free_name(page, &format!("{}{pointer}", self.target.id));
                all.extend(self.by_param(page, &path, &name, before, &value, Means::Override));
            }
        }
        all
    }

    /// Where an override of the resource may stand: with its thing, or by its logical id.
    fn hatches(&self, page: &Page) -> Vec<Vec<String>> {
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
        let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1);
        let list =
            ends.map(|end| &pointer[..end]).find(|part| self.target.before.pointer(part).is_some_and(Json::is_array));
        if let Some(list) = list {
            // Items beside the wanted one stay as they are asked for.
            let mut properties = self.resource.map_or(Json::Null, |resource| resource.properties.to_json());
            put(&mut properties, pointer, self.wish.live.clone());
            return (list.to_owned(), properties.pointer(list).cloned().unwrap_or(Json::Null));
        }
        let value = match (self.before(), &self.wish.live) {
            (_, None) => Json::Null,
            (Some(before), Some(live)) => patch(before, live),
            (None, Some(live)) => live.clone(),
        };
        (pointer.clone(), value)
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

pub(super) fn is_scalar(json: &Json) -> bool {
    json.is_string() || json.is_number() || json.is_boolean()
}
