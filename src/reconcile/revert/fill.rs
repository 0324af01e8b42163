//! The places of a repair's calls, filled: pure.

use serde_json::{Map, Value as Json};

use super::Filled;
use crate::cloud::ServiceCall;
use crate::facts::reverts::CallPattern;
use crate::reconcile::resolved::{Resolved, ResolvedKind};
use crate::reconcile::substitute;

/// What is known where a call is made.
pub(super) struct Around<'a> {
    /// The physical id.
    pub(super) id: &'a str,
    /// The name of the property that differs.
    pub(super) top: &'a str,
    /// All properties.
    pub(super) all: &'a Resolved,
}

/// The call without what only the answer before it tells.
pub(super) fn fill(pattern: &'static CallPattern, around: &Around<'_>, item: &Json) -> Result<Filled, String> {
    let input = value(&pattern.input, around, item)?.unwrap_or_default();
    let call = ServiceCall::new(&pattern.service, &pattern.operation, input);
    Ok(Filled { pattern, call })
}

/// `None`: there is no such value, and its key is left out.
fn value(pattern: &Json, around: &Around<'_>, item: &Json) -> Result<Option<Json>, String> {
    match pattern {
        Json::String(text) => {
            let part = |name: &str| match name {
                "id" => Ok(around.id.to_owned()),
                "item" => Ok(substitute::text(item)),
                other => Err(format!("a repair does not know `{other}`")),
            };
            substitute::replace(text, part).map(|text| Some(Json::String(text)))
        }
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|one| value(one, around, item)).collect::<Result<_, _>>()?;
            Ok(Some(items.into_iter().flatten().collect()))
        }
        Json::Object(map) => match map.iter().find(|(key, _)| key.starts_with('$') && !key.starts_with("${")) {
            Some((key, argument)) => special(key, argument, map, around, item),
            None => {
                let mut filled = Map::new();
                for (key, entry) in map {
                    let key = if key == "${property}" { camel(around.top) } else { key.clone() };
                    if let Some(entry) = value(entry, around, item)? {
                        filled.insert(key, entry);
                    }
                }
                Ok(Some(Json::Object(filled)))
            }
        },
        scalar => Ok(Some(scalar.clone())),
    }
}

fn special(
    key: &str,
    argument: &Json,
    map: &Map<String, Json>,
    around: &Around<'_>,
    item: &Json,
) -> Result<Option<Json>, String> {
    let pointer = argument.as_str().unwrap_or_default();
    match key {
        "$all" => known(around.all, pointer),
        "$property" => around.all.get(around.top).map_or(Ok(None), |property| known(property, pointer)),
        "$item" => Ok(item.pointer(pointer).cloned()),
        // Filled when the answer is there.
        "$answer" => Ok(Some(Json::Object(map.clone()))),
        "$text" => Ok(value(argument, around, item)?.map(|json| Json::String(json.to_string()))),
        "$camel" => match value(argument, around, item)? {
            Some(json) => Ok(Some(spelled(json, map.get("$spelled")))),
            None => Ok(map.get("$absent").and_then(|absent| absent.get(camel(around.top))).cloned()),
        },
        other => Err(format!("a repair does not know `{other}`")),
    }
}

/// `None`: the template does not ask for it. Without a part that is not known, the rest would be lost.
fn known(value: &Resolved, pointer: &str) -> Result<Option<Json>, String> {
    let mut at = value;
    for part in pointer.split('/').skip(1) {
        let inner = match &at.kind {
            ResolvedKind::Unknown(_) => break,
            ResolvedKind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => at.get(&part.replace("~1", "/").replace("~0", "~")),
        };
        let Some(inner) = inner else { return Ok(None) };
        at = inner;
    }
    at.to_json().map(Some).ok_or_else(|| "only CloudFormation knows a part of what is wanted".to_owned())
}

/// The call with what the answer before it tells.
pub(super) fn with_answer(input: &Json, answer: &Json) -> Json {
    match input {
        Json::Object(map) => match map.get("$answer").and_then(Json::as_str) {
            Some(pointer) => answer.pointer(pointer).cloned().unwrap_or_default(),
            None => {
                map.iter().map(|(key, value)| (key.clone(), with_answer(value, answer))).collect::<Map<_, _>>().into()
            }
        },
        Json::Array(items) => items.iter().map(|item| with_answer(item, answer)).collect(),
        scalar => scalar.clone(),
    }
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn spelled(value: Json, exceptions: Option<&Json>) -> Json {
    match value {
        Json::Object(map) => {
            let exception = |key: &str| exceptions?.get(key)?.as_str();
            let key = |key: String| exception(&key).map_or_else(|| camel(&key), str::to_owned);
            map.into_iter().map(|(name, value)| (key(name), spelled(value, exceptions))).collect::<Map<_, _>>().into()
        }
        Json::Array(items) => items.into_iter().map(|item| spelled(item, exceptions)).collect(),
        scalar => scalar,
    }
}
