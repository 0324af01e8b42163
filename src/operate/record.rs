//! The record of a release: its memory while it goes on, and its evidence afterwards.
//!
//! It is one parameter beside the pointer, so that both homes of a release can go on from it. Members that are not known
//! here stay in it as they are.

use serde_json::{Map, Value as Json, json};

/// What a parameter of the standard tier holds. Systems Manager user guide, quotas. Read 2026-11-21.
const LONGEST: usize = 4096;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Map<String, Json>);

impl Record {
    /// Reads what was written down; `None` when it is no record.
    pub fn read(text: &str) -> Option<Self> {
        let record = Self(serde_json::from_str(text).ok()?);
        record.is("version").then_some(record)
    }

    /// The value of the parameter: the oldest states of the path are left out when it would be too long.
    pub fn written(&self) -> String {
        let mut shorter = self.clone();
        loop {
            let text = Json::Object(shorter.0.clone()).to_string();
            if text.len() <= LONGEST {
                return text;
            }
            match shorter.0.get_mut("path").and_then(Json::as_array_mut) {
                Some(path) if !path.is_empty() => drop(path.remove(0)),
                _ => shorten(&mut shorter.0),
            }
        }
    }

    pub fn json(&self) -> Json {
        Json::Object(self.0.clone())
    }

    pub fn get(&self, name: &str) -> &Json {
        self.0.get(name).unwrap_or(&Json::Null)
    }

    pub fn text(&self, name: &str) -> &str {
        self.get(name).as_str().unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> u64 {
        self.get(name).as_u64().unwrap_or_default()
    }

    /// Whether there is something other than null, false, nothing and zero.
    pub fn is(&self, name: &str) -> bool {
        match self.get(name) {
            Json::Null | Json::Bool(false) => false,
            Json::Number(number) => number.as_f64() != Some(0.0),
            Json::String(text) => !text.is_empty(),
            Json::Bool(true) | Json::Array(_) | Json::Object(_) => true,
        }
    }

    pub fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// One more; gives the number.
    pub fn count(&mut self, name: &str) -> u64 {
        let number = self.number(name) + 1;
        self.set(name, number);
        number
    }

    pub fn has_ended(&self) -> bool {
        self.is("ended")
    }

    /// A state was entered at this time.
    pub fn enter(&mut self, state: &str, now: u64) {
        self.set("state", state);
        self.set("seen", now);
        let path = self.0.entry("path").or_insert_with(|| json!([]));
        if let Some(path) = path.as_array_mut() {
            path.push(json!([state, now]));
        }
    }

    /// The states that were entered, each with its time.
    pub fn path(&self) -> Vec<(&str, u64)> {
        let path = self.get("path").as_array().into_iter().flatten();
        path.filter_map(|step| Some((step[0].as_str()?, step[1].as_u64()?))).collect()
    }

    /// Since when it is in its state.
    pub fn state_since(&self) -> u64 {
        self.path().last().map_or_else(|| self.number("started"), |(_, since)| *since)
    }
}

/// Texts that are longer than all of them may be lose their middle.
fn shorten(map: &mut Map<String, Json>) {
    let longest =
        map.iter_mut().filter(|(_, value)| value.is_string()).max_by_key(|(_, value)| value.to_string().len());
    if let Some((_, value)) = longest {
        let text = value.as_str().unwrap_or_default();
        let kept: String = text.chars().take(text.chars().count() / 2).collect();
        *value = format!("{kept} ...").into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut record = Record::default();
        record.set("version", 1);
        record.set("reason", "花子 hat 「」 gesagt");
        record.enter("verify", 10);
        record.enter("look", 12);
        assert_eq!(record.count("conflicts"), 1);
        assert_eq!(record.count("conflicts"), 2);
        let read = Record::read(&record.written()).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.path(), [("verify", 10), ("look", 12)]);
        assert_eq!((read.text("state"), read.state_since(), read.has_ended()), ("look", 12, false));
        for wrong in ["", "{}", "[]", "by hand"] {
            assert_eq!(Record::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_long_record_loses_the_oldest_states() {
        let mut record = Record::default();
        record.set("version", 1);
        for step in 0..2000 {
            record.enter("wait-operation", step);
        }
        let text = record.written();
        assert!(text.len() <= LONGEST, "{}", text.len());
        let read = Record::read(&text).unwrap();
        assert_eq!(read.path().last(), Some(&("wait-operation", 1999)));
        record.set("reason", "語".repeat(5000));
        assert!(record.written().len() <= LONGEST);
    }
}
