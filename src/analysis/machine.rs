//! The definition of a state machine, in the Amazon States Language.

use std::borrow::Cow;

use super::value::{entries, items, look};
use super::written::{is_known, parts};
use crate::desired::{Value, ValueKind};

/// Stands in a text of the definition for what is decided at deployment.
const UNKNOWN: &str = "${}";

/// The definition of a state machine, written as a mapping or as a text of JSON. What a text leaves to the deployment
/// becomes a text with `${`, as the substitutions of serverless applications are.
pub fn definition(properties: &Value) -> Option<Cow<'_, Value>> {
    if let Some(definition) = look(properties, "/Definition").found() {
        return Some(Cow::Borrowed(definition));
    }
    let written = look(properties, "/DefinitionString").found()?;
    let parts = parts(written)?;
    if !is_known(&parts) && parts.iter().all(Option::is_none) {
        return None;
    }
    let text: String = parts.iter().map(|part| part.as_deref().unwrap_or(UNKNOWN)).collect();
    let json = serde_json::from_str(&text).ok()?;
    Some(Cow::Owned(Value::from_json(json, &written.origin)))
}

/// Whether a name or an ARN of a definition has nothing that is decided at deployment.
pub fn is_whole(text: &str) -> bool {
    !text.contains("${")
}

/// The levels of a definition that have states: the definition itself, then what its maps and branches hold, each
/// before what is inside it.
pub fn levels(definition: &Value) -> Vec<&Value> {
    let mut levels = Vec::new();
    let mut waiting = vec![definition];
    while let Some(level) = waiting.pop() {
        let Some(states) = look(level, "/States").found().filter(|it| matches!(it.kind, ValueKind::Map(_))) else {
            continue;
        };
        levels.push(level);
        for (_, state) in entries(states) {
            waiting.extend(["/Iterator", "/ItemProcessor"].into_iter().filter_map(|at| look(state, at).found()));
            waiting.extend(look(state, "/Branches").found().map(items).unwrap_or_default());
        }
    }
    levels
}

/// The states of one level by their names.
pub fn states(level: &Value) -> &[(String, Value)] {
    look(level, "/States").found().map_or(&[], entries)
}
