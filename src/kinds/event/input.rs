//! What a target gets instead of the event.

use super::{EventPath, EventRule, InputTransform, Pattern};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::model::{Home, Lowering};
use crate::source::{Located, Span};
use crate::spec::{Free, Part, Text};

/// EventBridge user guide, "Input transformation": what every template knows. Read 2026-04.
pub(super) const PREDEFINED: [&str; 5] = [
    "aws.events.event",
    "aws.events.event.ingestion-time",
    "aws.events.event.json",
    "aws.events.rule-arn",
    "aws.events.rule-name",
];

/// `Input` or `InputTransformer` of a target.
pub(super) fn setting(event: &EventRule, home: Home, lowering: &Lowering<'_>) -> Option<(&'static str, Value)> {
    if let Some(input) = &event.input {
        return Some(("Input", lowering.json_text(&input.value, &input.span, home, &[])));
    }
    if let Some(transform) = &event.transform {
        let parts = transform.paths.iter().flat_map(|paths| &paths.entries);
        let paths =
            parts.map(|(name, path)| (name.value.clone(), Value::text(&*path.text, &Origin::authored(&path.span))));
        let template = lowering.json_text(&transform.template.value, &transform.template.span, home, &[]);
        return Some(("InputTransformer", transformer(paths.collect(), template, &Origin::authored(&transform.span))));
    }
    build(event, home, lowering).map(|transformer| ("InputTransformer", transformer))
}

/// The parameters of CodeBuild's StartBuild.
fn build(event: &EventRule, home: Home, lowering: &Lowering<'_>) -> Option<Value> {
    let span = event.env.as_ref().map(|env| &env.span).or(event.revision.as_ref().map(|revision| &revision.span))?;
    let mut paths = Vec::new();
    let mut parameters = Vec::new();
    let text = |text: String| Free::Text(Text { parts: vec![Part::Literal(text)] });
    let located = |value| Located::new(value, span.clone());
    let key = |word: &str| Located::new(word.to_owned(), span.clone());
    if let Some(env) = &event.env {
        let mut entries: Vec<_> = env.entries.iter().collect();
        entries.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
        let variables = entries.into_iter().map(|(name, value)| {
            let written = value.value.0.literal().unwrap_or_default();
            let given = if EventPath::matches(written) {
                paths.push((name.value.clone(), Value::text(written, &Origin::authored(&value.span))));
                format!("<{}>", name.value)
            } else {
                written.to_owned()
            };
            let name = text(name.value.clone());
            located(Free::Map(vec![(key("name"), located(name)), (key("value"), located(text(given)))]))
        });
        parameters.push((key("environmentVariablesOverride"), located(Free::List(variables.collect()))));
    }
    if let Some(revision) = &event.revision {
        paths.push((REVISION.to_owned(), Value::text(&*revision.text, &Origin::authored(&revision.span))));
        parameters.push((key("sourceVersion"), located(text(format!("<{REVISION}>")))));
    }
    let template = lowering.json_text(&Free::Map(parameters), span, home, &[]);
    Some(transformer(paths, template, &Origin::authored(span)))
}

/// The part of the event that says what is built; environment variables have no hyphen.
const REVISION: &str = "source-version";

fn transformer(paths: Vec<(String, Value)>, mut template: Value, origin: &Origin) -> Value {
    let names: Vec<&str> = paths.iter().map(|(name, _)| name.as_str()).chain(PREDEFINED).collect();
    match &mut template.kind {
        ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => *text = as_template(text, &names),
        _ => {}
    }
    let mut map = Value::map(origin);
    let any = !paths.is_empty();
    for (name, path) in paths {
        map.set(name, path);
    }
    Value::map(origin).with_some("InputPathsMap", any.then_some(map)).with("InputTemplate", template)
}

/// JSON as EventBridge reads templates: a value that is a part alone stands without quotes, and EventBridge quotes what
/// is text; text of several lines has quotes around each of them.
fn as_template(json: &str, names: &[&str]) -> String {
    let mut template = json.to_owned();
    if !json.starts_with('"') {
        for name in names {
            template = template.replace(&format!("\"<{name}>\""), &format!("<{name}>"));
        }
        return template;
    }
    let mut lines = String::new();
    let mut characters = json.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => lines.push_str("\"\n\""),
                next => lines.extend(['\\'].into_iter().chain(next)),
            },
            (other, false) => lines.push(other),
        }
    }
    lines
}

/// The names between `<` and `>` in the texts of a template, each with where it stands.
pub(super) fn placeholders(transform: &InputTransform) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    collect(&transform.template, &mut found);
    found
}

fn collect(value: &Located<Free>, found: &mut Vec<(String, Span)>) {
    value.items().iter().for_each(|item| collect(item, found));
    value.entries().iter().for_each(|(_, item)| collect(item, found));
    let Free::Text(text) = &value.value else { return };
    let literals = text.parts.iter().filter_map(|part| match part {
        Part::Literal(literal) => Some(literal),
        Part::Expression(_) => None,
    });
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    for literal in literals {
        let names = literal.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(name, _)| name);
        let names = names.filter(|name| !name.is_empty() && name.bytes().all(is_name));
        found.extend(names.map(|name| (name.to_owned(), value.span.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::as_template;

    #[test]
    fn a_part_alone_stands_without_quotes() {
        let json = r#"{"value": "<owner>", "text": "by <owner>", "other": "<b>"}"#;
        assert_eq!(as_template(json, &["owner"]), r#"{"value": <owner>, "text": "by <owner>", "other": "<b>"}"#);
    }

    #[test]
    fn each_line_of_a_text_has_quotes() {
        assert_eq!(as_template(r#""<owner>""#, &["owner"]), r#""<owner>""#);
        assert_eq!(as_template(r#""one\ntwo \\n \"three\"""#, &[]), "\"one\"\n\"two \\\\n \\\"three\\\"\"");
    }
}
