//! Answers of AWS as the JSON that came over the wire.
//!
//! Readers translate answers into CloudFormation's vocabulary. Both vocabularies are nearly the same as JSON, while
//! the SDK's types would have to be spelled out field by field and leave out what they do not know.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudformation::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_cloudformation::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudformation::error::{BoxError, ProvideErrorMetadata, SdkError};
use serde_json::{Map, Value as Json};

use super::CloudError;
use super::failure::failed;

/// Keeps the body of an answer; give a clone to the call.
#[derive(Clone, Debug, Default)]
pub(super) struct Body(Arc<Mutex<Vec<u8>>>);

impl Intercept for Body {
    fn name(&self) -> &'static str {
        "Body"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}

impl Body {
    /// The JSON of a successful answer.
    ///
    /// # Errors
    /// What the SDK reported for the call, or that the answer is no JSON.
    pub(super) fn json<T, E, R>(
        self,
        attempted: &'static str,
        subject: &str,
        answer: Result<T, SdkError<E, R>>,
    ) -> Result<Json, CloudError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        answer.map_err(|error| failed(attempted, subject, error))?;
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&body)
            .map_err(|error| CloudError::refused(attempted, subject, format!("the answer is not JSON: {error}")))
    }
}

/// Renames all keys of maps, except below the keys named in `opaque`, whose own keys are the user's.
pub(super) fn rename(value: Json, opaque: &[&str], name: &dyn Fn(&str) -> String) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(|item| rename(item, opaque, name)).collect(),
        Json::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| {
                let value = if opaque.contains(&key.as_str()) { value } else { rename(value, opaque, name) };
                (name(&key), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        scalar => scalar,
    }
}

/// `roleArn` → `RoleArn`
pub(super) fn pascal(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Moves the value at `from` to `to` in a map, if there is one.
pub(super) fn move_key(map: &mut Json, from: &str, to: &str) {
    if let Some(map) = map.as_object_mut()
        && let Some(value) = map.remove(from)
    {
        map.insert(to.to_owned(), value);
    }
}

/// The entries of `map` whose keys are in `keys`, in that order.
pub(super) fn pick(map: &Json, keys: &[&str]) -> Json {
    let entries = keys.iter().filter_map(|key| Some(((*key).to_owned(), map.get(*key)?.clone())));
    entries.collect::<Map<_, _>>().into()
}

/// `{"a": "b"}` → `[{"Key": "a", "Value": "b"}]`
pub(super) fn tags_of_map(map: &Json) -> Json {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(key, value)| serde_json::json!({ "Key": key, "Value": value })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_of_the_user_stay() {
        let answer = json!({ "stages": [{ "configuration": { "projectName": "x" }, "name": null }] });
        assert_eq!(
            rename(answer, &["configuration"], &pascal),
            json!({ "Stages": [{ "Configuration": { "projectName": "x" } }] })
        );
        assert_eq!(pascal(""), "");
    }

    #[test]
    fn keys_move_and_are_picked() {
        let mut map = json!({ "a": 1, "b": 2 });
        move_key(&mut map, "a", "c");
        move_key(&mut map, "none", "d");
        assert_eq!(map, json!({ "b": 2, "c": 1 }));
        assert_eq!(pick(&map, &["c", "none"]), json!({ "c": 1 }));
    }
}
