//! The variables of a pipeline: where `#{namespace.key}` is written, and what an execution puts there.

use std::borrow::Cow;

use super::stages::{Action, actions, below, rules};
use super::value::{look, text};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::source::Span;

/// A `#{namespace.key}`.
#[derive(Clone, Debug)]
pub struct Reference {
    pub namespace: String,
    pub key: String,
    /// Just the reference, when it is written out; else the value that it is in.
    pub span: Span,
}

/// The namespace of what every execution has, e.g. `#{codepipeline.PipelineExecutionId}`.
pub const OF_EXECUTION: &str = "codepipeline";

/// The namespace of the variables that a pipeline declares.
pub const OF_PIPELINE: &str = "variables";

/// What an action reads: in its configuration, its commands and its environment. CodePipeline resolves nothing
/// elsewhere (User Guide, Variables reference).
pub fn read_by(action: &Action<'_>) -> Vec<Reference> {
    let mut found = Vec::new();
    for pointer in ["/Configuration", "/Commands", "/EnvironmentVariables"] {
        if let Some(value) = look(action.value, pointer).found() {
            collect(value, &mut found);
        }
    }
    found
}

/// What the actions and the rules of a pipeline read.
pub fn read_in(pipeline: &Value) -> Vec<Reference> {
    let mut found: Vec<_> = actions(pipeline).iter().flat_map(read_by).collect();
    for rule in rules(pipeline) {
        for pointer in ["/Configuration", "/Commands"] {
            if let Some(value) = look(rule, pointer).found() {
                collect(value, &mut found);
            }
        }
    }
    found
}

/// The namespaces of the actions and what they are called; `None` when one of them is known only at deployment.
pub fn namespaces<'a>(actions: &[Action<'a>]) -> Option<Vec<(Cow<'a, str>, &'a Value, Action<'a>)>> {
    let written = actions.iter().filter(|action| !look(action.value, "/Namespace").is_absent());
    let known = written.map(|action| {
        let value = look(action.value, "/Namespace").found()?;
        Some((text(value)?, value, *action))
    });
    known.collect()
}

/// The variables that a pipeline declares; `None` when one of them is known only at deployment.
pub fn declared(pipeline: &Value) -> Option<Vec<Cow<'_, str>>> {
    if look(pipeline, "/Variables").is_absent() {
        return Some(Vec::new());
    }
    let list = look(pipeline, "/Variables").found()?;
    if !matches!(list.kind, ValueKind::List(_)) {
        return None;
    }
    below(pipeline, "/Variables").into_iter().map(|variable| look(variable, "/Name").found().and_then(text)).collect()
}

fn collect(value: &Value, found: &mut Vec<Reference>) {
    match &value.kind {
        ValueKind::Text(text) => scan(text, &value.origin.span, found),
        ValueKind::List(items) => items.iter().for_each(|item| collect(item, found)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| collect(value, found)),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            scan(text, &value.origin.span, found);
            names.iter().for_each(|(_, value)| collect(value, found));
        }
        ValueKind::Intrinsic(Intrinsic::Call(_, argument)) => collect(argument, found),
        _ => {}
    }
}

fn scan(text: &str, span: &Span, found: &mut Vec<Reference>) {
    for (at, _) in text.match_indices("#{") {
        let Some((inner, _)) = text[at + 2..].split_once('}') else { continue };
        // Anything else is put together at deployment, or means something to a shell.
        let Some((namespace, key)) = inner.split_once('.') else { continue };
        if !is_name(namespace) || !is_name(key) {
            continue;
        }
        let raw = &text[at..at + inner.len() + 3];
        let nth = text[..at].matches(raw).count();
        let written = span.text().match_indices(raw).nth(nth).map(|(start, raw)| span.within(start, start + raw.len()));
        found.push(Reference {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            span: written.unwrap_or_else(|| span.clone()),
        });
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "@-_".contains(letter))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::generate::origin;

    fn references(value: serde_json::Value) -> Vec<String> {
        let mut found = Vec::new();
        collect(&Value::from_json(value, &origin()), &mut found);
        found.into_iter().map(|reference| format!("{}.{}", reference.namespace, reference.key)).collect()
    }

    #[test]
    fn references_are_found_in_every_kind_of_text() {
        assert_eq!(references(json!("v-#{Code.CommitId}-#{codepipeline.PipelineExecutionId}")).len(), 2);
        assert_eq!(references(json!({ "Fn::Sub": "#{Code.CommitId} ${Stage}" })), ["Code.CommitId"]);
        assert_eq!(references(json!({ "Fn::Join": ["-", ["a", "#{Code.CommitId}"]] })), ["Code.CommitId"]);
    }

    #[test]
    fn what_is_no_reference_or_put_together_is_left_alone() {
        for text in ["#{Code}", "#{}", "#{a b.c}", "#{Code.CommitId", "${#parts}"] {
            assert_eq!(references(json!(text)), [""; 0], "{text}");
        }
        assert_eq!(references(json!({ "Fn::Sub": "#{${Namespace}.CommitId}" })), [""; 0]);
    }
}
