//! The single values of resources, spelled so that two ways to say the same are equal.

use std::collections::BTreeMap;
use std::ops::Add;

use serde_json::Value as Json;

use crate::desired::{Intrinsic, Resource, Value, ValueKind};

/// Ends the pointer of a single line of a text, which is there as a whole too.
pub(super) const LINE: &str = "~line";

/// Of longer texts only the whole counts: nobody finds a program line by line.
const LONGEST: usize = 150;

/// The values of one resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves {
    pub(super) resource_type: String,
    /// By JSON pointer: the same without the places in lists, and the text.
    pub(super) placed: BTreeMap<String, (String, String)>,
    /// How often a value stands at a pointer without the places in lists.
    pub(super) counted: BTreeMap<(String, String), usize>,
    /// The mappings that stand in its texts.
    pub(super) objects: Vec<Json>,
}

impl Leaves {
    /// `rename` gives the name under which a logical id is known here.
    pub(super) fn of(resource: &Resource, rename: &dyn Fn(&str) -> String) -> Self {
        let mut leaves = Self { resource_type: resource.resource_type.clone(), ..Self::default() };
        leaves.add("", "", &resource.properties, rename);
        let mut attribute = |name: &str, value: &str| leaves.put(name, name, value.to_owned());
        if let Some(policy) = resource.deletion_policy {
            attribute("@DeletionPolicy", policy);
        }
        if let Some(policy) = resource.update_replace_policy {
            attribute("@UpdateReplacePolicy", policy);
        }
        if let Some(condition) = &resource.condition {
            attribute("@Condition", condition);
        }
        for id in &resource.depends_on {
            attribute(&format!("@DependsOn.{}", rename(id)), "true");
        }
        for (name, value) in &resource.attributes {
            leaves.add(&format!("@{name}"), &format!("@{name}"), value, rename);
        }
        leaves
    }

    pub(super) fn len(&self) -> usize {
        let whole = self.counted.iter().filter(|((pointer, _), _)| !pointer.ends_with(LINE));
        whole.map(|(_, count)| count).sum()
    }

    fn put(&mut self, placed: &str, general: &str, text: String) {
        self.placed.insert(placed.to_owned(), (general.to_owned(), text.clone()));
        *self.counted.entry((general.to_owned(), text)).or_default() += 1;
    }

    fn add(&mut self, placed: &str, general: &str, value: &Value, rename: &dyn Fn(&str) -> String) {
        if let Some(text) = spelled(value) {
            let text = renamed(&text, rename);
            // Structure inside of text is compared like other structure.
            if text.starts_with(['{', '['])
                && let Ok(json @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str::<Json>(&text)
            {
                self.add_json(&format!("{placed}/{{}}"), &format!("{general}/{{}}"), &json);
                return self.objects.extend(json.is_object().then_some(json));
            }
            return self.add_text(placed, general, &text);
        }
        match &value.kind {
            // Nothing in a list is something else than no list.
            ValueKind::List(items) if items.is_empty() => self.put(placed, general, "[]".to_owned()),
            ValueKind::Map(entries) if entries.is_empty() && !placed.is_empty() => {
                self.put(placed, general, "{}".to_owned());
            }
            ValueKind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(&format!("{placed}/{index:04}"), general, item, rename);
                }
            }
            ValueKind::Map(entries) => {
                for (key, item) in entries {
                    let key = escape(key);
                    self.add(&format!("{placed}/{key}"), &format!("{general}/{key}"), item, rename);
                }
            }
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => {
                self.add(&format!("{placed}/{name}"), &format!("{general}/{name}"), argument, rename);
            }
            _ => self.put(placed, general, renamed(&value.to_json().to_string(), rename)),
        }
    }

    /// A text; structure that stands on lines of its own in it is compared like other structure.
    fn add_text(&mut self, placed: &str, general: &str, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        let (mut others, mut at) = (String::new(), 0);
        while let Some(line) = lines.get(at) {
            let close = match *line {
                "[" => "]",
                "{" => "}",
                _ => "",
            };
            let end = lines[at..].iter().position(|line| !close.is_empty() && line.starts_with(close));
            let json =
                end.and_then(|end| serde_json::from_str::<Json>(&lines[at..at + end].join("\n").add(close)).ok());
            match (json, end) {
                (Some(json), Some(end)) => {
                    self.add_json(&format!("{placed}/{{{at}}}"), &format!("{general}/{{}}"), &json);
                    at += end + 1;
                }
                _ => {
                    others.push_str(line);
                    others.push('\n');
                    at += 1;
                }
            }
        }
        // A text that is nearly right is nearer than one that has nothing in common.
        if (3..=LONGEST).contains(&lines.len()) {
            for (index, line) in others.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                self.put(&format!("{placed}/{LINE}{index:05}"), &format!("{general}/{LINE}"), line.to_owned());
            }
        }
        let whole = if others.lines().count() == lines.len() { text.to_owned() } else { others };
        self.put(placed, general, whole);
    }

    fn add_json(&mut self, placed: &str, general: &str, json: &Json) {
        match json {
            Json::Array(items) if items.is_empty() => self.put(placed, general, "[]".to_owned()),
            Json::Object(entries) if entries.is_empty() => self.put(placed, general, "{}".to_owned()),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add_json(&format!("{placed}/{index:04}"), general, item);
                }
            }
            Json::Object(entries) => {
                for (key, item) in entries {
                    let key = escape(key);
                    self.add_json(&format!("{placed}/{key}"), &format!("{general}/{key}"), item);
                }
            }
            Json::String(text) => self.put(placed, general, text.clone()),
            other => self.put(placed, general, other.to_string()),
        }
    }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A value as the text of `Fn::Sub`, if it is one text at deployment.
pub(super) fn spelled(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Boolean(value) => Some(value.to_string()),
        ValueKind::Integer(value) => Some(value.to_string()),
        ValueKind::Float(value) => Some(value.to_string()),
        ValueKind::Text(text) => Some(text.replace("${", "${!")),
        ValueKind::List(_) | ValueKind::Map(_) => None,
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => Some(format!("${{{name}}}")),
        ValueKind::Intrinsic(Intrinsic::GetAtt(id, attribute)) => Some(format!("${{{id}.{attribute}}}")),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => {
            let mut text = text.clone();
            for (name, value) in names {
                text = text.replace(&format!("${{{name}}}"), &spelled(value)?);
            }
            Some(text)
        }
        ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => {
            let ValueKind::List(parts) = &argument.kind else { return None };
            let [delimiter, Value { kind: ValueKind::List(items), .. }] = parts.as_slice() else { return None };
            let items: Vec<String> = items.iter().map(spelled).collect::<Option<_>>()?;
            Some(items.join(delimiter.as_text()?))
        }
        ValueKind::Intrinsic(Intrinsic::Call(..)) => None,
    }
}

/// The names in `${…}` of a text, each up to its first dot.
pub(super) fn names(text: &str) -> Vec<&str> {
    let inside = text.split("${").skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    inside.filter(|name| !name.starts_with('!')).map(|name| name.split('.').next().unwrap_or(name)).collect()
}

fn renamed(text: &str, rename: &dyn Fn(&str) -> String) -> String {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("${");
        let name = part.split(['}', '.']).next().unwrap_or_default();
        match part.contains('}') && !name.starts_with('!') {
            true => out.extend([rename(name).as_str(), &part[name.len()..]]),
            false => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::Origin;
    use crate::source::{SourceFile, Span};

    fn value(json: Json) -> Value {
        let file = SourceFile::new("a", "");
        Value::from_json(json, &Origin::authored(&Span::start_of(&file)))
    }

    #[test]
    fn functions_that_mean_one_text_are_spelled_alike() {
        let texts = [
            serde_json::json!({ "Fn::Join": ["", ["arn:", { "Ref": "AWS::Region" }, ":", { "Fn::GetAtt": ["A", "Arn"] }]] }),
            serde_json::json!({ "Fn::Sub": "arn:${AWS::Region}:${A.Arn}" }),
            serde_json::json!({ "Fn::Sub": ["arn:${Where}:${A.Arn}", { "Where": { "Ref": "AWS::Region" } }] }),
        ];
        for text in texts {
            assert_eq!(spelled(&value(text)).as_deref(), Some("arn:${AWS::Region}:${A.Arn}"));
        }
        assert_eq!(spelled(&value(serde_json::json!("a ${b}"))).as_deref(), Some("a ${!b}"));
        assert_eq!(spelled(&value(serde_json::json!({ "Fn::If": ["A", "b", "c"] }))), None);
    }

    #[test]
    fn names_are_renamed_and_literals_are_not() {
        let rename = |name: &str| if name == "A" { "B".to_owned() } else { name.to_owned() };
        assert_eq!(renamed("x${A}${A.Arn}${!A}${C}注文${", &rename), "x${B}${B.Arn}${!A}${C}注文${");
        assert_eq!(names("x${A}${A.Arn}${!A}${C}"), ["A", "A", "C"]);
    }
}
