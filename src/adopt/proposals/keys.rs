//! Keys that the language has for a thing, and that are not written yet.

use serde_json::{Value as Json, json};

use super::hatch::is_scalar;
use super::{Proposal, Sight};
use crate::adopt::Means;
use crate::adopt::page::Page;
use crate::adopt::shape::Shape;
use crate::adopt::spelling::{kebab, spellings, words};
use crate::model::Entry;
use crate::syntax::Value as Syntax;

/// The most documents that are tried with keys which share a word with the property, and with others.
const MOST_LIKELY: usize = 40;
const MOST_OTHERS: usize = 60;

/// The most keys that are tried with a param.
const MOST_BY_PARAM: usize = 3;

/// The most spellings of one value in a key.
const MOST_SPELLINGS: usize = 6;

impl Sight<'_> {
    pub(super) fn unwritten(&self, page: &Page, entry: &Entry, all: &mut Vec<Proposal>) {
        let Some(live) = &self.wish.live else { return };
        let Some((path, node)) = page.around(&entry.name.span) else { return };
        let mut places = vec![path.clone()];
        if let Syntax::Map(entries) = &node.value {
            let inner = entries.iter().filter(|entry| matches!(entry.value.value, Syntax::Map(_)));
            places.extend(inner.map(|entry| [path.clone(), vec![entry.key.text.clone()]].concat()));
        }
        let mut keys: Vec<(usize, Vec<String>)> = Vec::new();
        for place in places {
            for key in Shape::at(&place).keys() {
                let own = [place.clone(), vec![key]].concat();
                if page.at(&own).is_some() || own.last().is_some_and(|key| key == "overrides" || key == "each") {
                    continue;
                }
                let inner = Shape::at(&own);
                if inner.is_mapping() {
                    let below = inner.keys().into_iter().map(|key| [own.clone(), vec![key]].concat());
                    keys.extend(below.map(|path| (self.score(&path, entry), path)));
                }
                keys.push((self.score(&own, entry), own));
            }
        }
        keys.sort_by(|(one, first), (other, second)| (other, first.len()).cmp(&(one, second.len())));
        if self.is_shared {
            return self.unwritten_by_param(page, &keys, live, all);
        }
        let (mut likely, mut others) = (MOST_LIKELY, MOST_OTHERS);
        for (score, path) in keys {
            let left = if score > 0 { &mut likely } else { &mut others };
            for value in values(&path, live) {
                if *left == 0 {
                    break;
                }
                let before = all.len();
                self.propose(page, &path, &value, Means::Key, all);
                *left -= all.len() - before;
            }
        }
    }

    /// The other environments keep what the document comes to without the key, which becomes the default of a param.
    fn unwritten_by_param(&self, page: &Page, keys: &[(usize, Vec<String>)], live: &Json, all: &mut Vec<Proposal>) {
        let Some(before) = self.before().filter(|before| is_scalar(before) && is_scalar(live)) else { return };
        let likely = keys.iter().filter(|(score, _)| *score > 0).map(|(_, path)| path).take(MOST_BY_PARAM);
        for path in likely {
            for (value, default) in values(path, live).into_iter().zip(values(path, before)) {
                let name = self.free_name(page, &path[1..].join("-"));
                all.extend(self.by_param(page, path, &name, &default, &value, Means::Param));
            }
        }
    }

    /// How many words a key shares with the property.
    fn score(&self, path: &[String], entry: &Entry) -> usize {
        let property = words(&self.wish.pointer);
        let kind = words(entry.section);
        let keys: Vec<String> = path.iter().skip(2).flat_map(|key| words(key)).collect();
        let fits = |key: &&String| {
            let stem = &key[..key.len().min(5)];
            property.iter().any(|word| word.starts_with(stem)) && !kind.contains(key)
        };
        keys.iter().filter(fits).count()
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
