//! Places in a document under construction.

use serde_json::{Map, Value as Json};

/// A key of a mapping or an index of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Key(String),
    Index(usize),
}

/// The way from the root of a document.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Place(pub(super) Vec<Part>);

impl Place {
    pub(super) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Part::Key((*key).to_owned())).collect())
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let mut place = self.clone();
        place.0.push(Part::Key(key.to_owned()));
        place
    }

    pub(super) fn index(&self, index: usize) -> Self {
        let mut place = self.clone();
        place.0.push(Part::Index(index));
        place
    }

    pub(super) fn get<'a>(&self, document: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(document, |value, part| match part {
            Part::Key(key) => value.get(key),
            Part::Index(index) => value.get(index),
        })
    }

    /// Sets the value here; mappings on the way are made.
    pub(super) fn set(&self, document: &mut Json, new: Json) {
        let mut value = document;
        for part in &self.0 {
            value = match part {
                Part::Key(key) => {
                    if !value.is_object() {
                        *value = Json::Object(Map::new());
                    }
                    &mut value[key.as_str()]
                }
                Part::Index(index) => match value.get_mut(index) {
                    Some(item) => item,
                    None => return,
                },
            };
        }
        *value = new;
    }

    /// Takes the value here away, and mappings and lists that get empty by that, up to the first `keep` parts.
    pub(super) fn remove(&self, document: &mut Json, keep: usize) {
        let Some((last, way)) = self.0.split_last() else { return };
        let parent = Self(way.to_vec());
        let Some(mut value) = parent.get(document).cloned() else { return };
        match (last, &mut value) {
            (Part::Key(key), Json::Object(map)) => {
                map.shift_remove(key);
            }
            (Part::Index(index), Json::Array(items)) if *index < items.len() => {
                items.remove(*index);
            }
            _ => return,
        }
        let is_empty = match &value {
            Json::Object(map) => map.is_empty(),
            Json::Array(items) => items.is_empty(),
            _ => false,
        };
        match is_empty && way.len() > keep {
            true => parent.remove(document, keep),
            false => parent.set(document, value),
        }
    }

    /// Gives the entry of a mapping another name, at the same place.
    pub(super) fn rename(&self, document: &mut Json, name: &str) {
        let Some((Part::Key(last), way)) = self.0.split_last() else { return };
        let parent = Self(way.to_vec());
        let Some(Json::Object(map)) = parent.get(document).cloned() else { return };
        if map.contains_key(name) {
            return;
        }
        let renamed = map.into_iter().map(|(key, value)| (if key == *last { name.to_owned() } else { key }, value));
        parent.set(document, Json::Object(renamed.collect()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_gets_empty_goes_away() {
        let mut document = json!({ "a": { "b": { "c": [1] } }, "d": 2 });
        Place::of(&["a", "b", "c"]).index(0).remove(&mut document, 1);
        assert_eq!(document, json!({ "a": {}, "d": 2 }));
        Place::of(&["x", "y"]).set(&mut document, json!(3));
        assert_eq!(document, json!({ "a": {}, "d": 2, "x": { "y": 3 } }));
        Place::of(&["a"]).rename(&mut document, "z");
        assert_eq!(document.to_string(), r#"{"z":{},"d":2,"x":{"y":3}}"#);
    }
}
