//! Keys that the language has for a thing, and that are not written yet.

use serde_json::{Value as Json, json};

use super::{Proposal, Sight};
use crate::adopt::Means;
use crate::adopt::page::Page;
use crate::adopt::shape::Shape;
use crate::adopt::spelling::{kebab, spellings};
use crate::adopt::table::keys_of;
use crate::model::Entry;
use crate::syntax::Value as Syntax;

/// The most spellings of one value in a key.
const MOST_SPELLINGS: usize = 6;

impl Sight<'_> {
    pub(super) fn unwritten(&self, page: &Page, entry: &Entry, all: &mut Vec<Proposal>) {
        let Some(live) = &self.wish.live else { return };
        let Some((path, _)) = page.around(&entry.name.span) else { return };
        let Some(resource) = self.resource else { return };
        for keys in keys_of(entry.section, &resource.resource_type, &self.wish.pointer) {
            let own = [path.as_slice(), keys].concat();
            let is_open = (path.len()..own.len()).all(|length| match page.at(&own[..length]).map(|node| &node.value) {
                Some(Syntax::Map(_) | Syntax::Null) | None => true,
                Some(_) => false,
            });
            if is_open && page.at(&own).is_none() {
                for value in values(&own, live) {
                    self.propose(page, &own, &value, Means::Key, all);
                }
            }
        }
    }
}

fn values(path: &[String], live: &Json) -> Vec<Json> {
    let shape = Shape::at(path);
    match live {
        Json::Array(items) => {
            let words = items.iter().map(|item| item.as_str().map_or_else(|| item.clone(), |text| json!(kebab(text))));
            vec![live.clone(), words.collect()]
        }
        Json::Object(_) => vec![live.clone()],
        _ if shape.is_list() && !shape.words().is_empty() => Vec::new(),
        _ => {
            let mut all = spellings(None, None, live, &shape.words());
            all.truncate(MOST_SPELLINGS);
            all
        }
    }
}
