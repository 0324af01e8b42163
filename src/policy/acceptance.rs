//! Accepted differences, written into `drift.accept` of a document; everything else in the file stays as it is.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::{self, Fix, Safety};
use crate::source::SourceFile;
use crate::syntax::edit::Editor;
use crate::syntax::{self, Entry, Node, Value};

/// A difference that is to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAcceptance {
    /// `streams.trips`
    pub thing: String,
    /// The logical id, where the thing has several resources that differ in it.
    pub resource: Option<String>,
    /// As reports name it; `None`: that the resource is gone.
    pub property: Option<String>,
    /// The live value; another one is drift again.
    pub value: Option<Json>,
    /// The environment, where the document has several.
    pub environment: Option<String>,
    pub owner: String,
    pub reason: String,
    /// `2027-01-31`
    pub until: String,
}

impl NewAcceptance {
    fn to_json(&self) -> Json {
        let mut entry = Map::new();
        match &self.resource {
            Some(resource) => entry.insert("resource".to_owned(), json!(resource)),
            None => entry.insert("thing".to_owned(), json!(self.thing)),
        };
        let environment = self.environment.as_ref().map(|name| json!(format!("environments.{name}")));
        let property = self.property.as_ref().map(|property| json!(property));
        for (key, value) in [("property", property), ("value", self.value.clone()), ("environment", environment)] {
            if let Some(value) = value {
                entry.insert(key.to_owned(), value);
            }
        }
        for (key, value) in [("owner", &self.owner), ("reason", &self.reason), ("until", &self.until)] {
            entry.insert(key.to_owned(), json!(value));
        }
        Json::Object(entry)
    }
}

/// The text of the document with the acceptances; `None` when it cannot be edited without touching more.
pub fn accept(file: &Arc<SourceFile>, acceptances: &[NewAcceptance]) -> Option<String> {
    let mut file = Arc::clone(file);
    for acceptance in acceptances {
        let text = with(&file, &acceptance.to_json())?;
        file = SourceFile::new(file.path(), text);
    }
    Some(file.text().to_owned())
}

fn with(file: &Arc<SourceFile>, entry: &Json) -> Option<String> {
    let editor = Editor::new(file)?;
    let root = syntax::parse(file).root;
    let top = entries(&root)?;
    let edits = match top.iter().find(|entry| entry.key.text == "drift") {
        None => editor.insert_entry_after(&top.last()?.key.span, "drift", &json!({ "accept": [entry] })),
        Some(drift) => {
            let below = entries(&drift.value)?;
            match below.iter().find(|entry| entry.key.text == "accept").map(|accept| &accept.value.value) {
                Some(Value::List(items)) => editor.insert_item_after(&items.last()?.span, entry),
                Some(_) => None,
                None => editor.insert_entry_after(&below.last()?.key.span, "accept", &json!([entry])),
            }
        }
    }?;
    let fix = Fix { title: "accept a difference".to_owned(), safety: Safety::Unsafe, edits };
    let fixed = diagnostic::apply(file, [&fix]);
    fixed.left.is_empty().then_some(fixed.text)
}

fn entries(node: &Node) -> Option<&[Entry]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ => None,
    }
}
