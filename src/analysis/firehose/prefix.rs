//! The names of objects in S3, with expressions that Firehose evaluates when it writes: `!{timestamp:yyyy/MM/dd}/`.

use crate::analysis::value::text;
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::source::Span;

/// Stands in a text for what is decided at deployment.
const HOLE: char = '\u{fffc}';

/// A prefix as far as it is known.
#[derive(Debug)]
pub struct Prefix {
    text: String,
    /// A part that is not known may hold expressions.
    open: bool,
}

/// `!{namespace:value}` in a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expression<'a> {
    Whole {
        namespace: &'a str,
        value: &'a str,
    },
    /// What stands after the `!{` is no namespace with a value.
    Broken(&'a str),
}

impl Prefix {
    /// What stands in a property of a resource of `stack`.
    pub fn read(stack: &Stack, value: &Value) -> Self {
        let mut prefix = Self { text: String::new(), open: false };
        prefix.add(stack, value);
        // A dynamic reference may be put together from parts.
        if prefix.text.contains("{{resolve:") {
            prefix = Self { text: HOLE.to_string(), open: true };
        }
        prefix
    }

    fn add(&mut self, stack: &Stack, value: &Value) {
        if let Some(text) = text(value) {
            self.text.push_str(&text);
            return;
        }
        match &value.kind {
            ValueKind::Text(text) => self.text.push_str(text),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) => self.substitute(stack, text, names),
            ValueKind::Intrinsic(Intrinsic::Ref(name) | Intrinsic::GetAtt(name, _)) => self.hole(stack, name),
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) if name == "Fn::Join" => self.join(stack, argument),
            _ => {
                self.text.push(HOLE);
                self.open = true;
            }
        }
    }

    /// Names of resources and pseudo parameters hold no expression; the value of a parameter may.
    fn hole(&mut self, stack: &Stack, name: &str) {
        self.text.push(HOLE);
        self.open |= stack.parameters.contains_key(name);
    }

    fn substitute(&mut self, stack: &Stack, text: &str, names: &[(String, Value)]) {
        let mut parts = text.split("${");
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else {
                self.text.push_str("${");
                self.text.push_str(part);
                continue;
            };
            match (name.strip_prefix('!'), names.iter().find(|(given, _)| given == name.trim())) {
                (Some(literal), _) => {
                    self.text.push_str("${");
                    self.text.push_str(literal);
                    self.text.push('}');
                }
                (None, Some((_, value))) => self.add(stack, value),
                (None, None) => self.hole(stack, name.trim().split('.').next().unwrap_or_default()),
            }
            self.text.push_str(rest);
        }
    }

    fn join(&mut self, stack: &Stack, argument: &Value) {
        if let ValueKind::List(parts) = &argument.kind
            && let [delimiter, list] = parts.as_slice()
            && let (Some(delimiter), ValueKind::List(items)) = (text(delimiter), &list.kind)
        {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    self.text.push_str(&delimiter);
                }
                self.add(stack, item);
            }
        } else {
            self.text.push(HOLE);
            self.open = true;
        }
    }

    /// The expressions that are surely there. A part that is decided at deployment is no word of any language.
    pub fn expressions(&self) -> Vec<Expression<'_>> {
        let starts = self.text.match_indices("!{").map(|(at, opening)| at + opening.len());
        let read = |start: usize| {
            let rest = self.text.get(start..).unwrap_or_default();
            let inner = rest.split_once('}').map(|(inner, _)| inner);
            match inner.and_then(|inner| inner.split_once(':')) {
                Some((namespace, value)) if !namespace.is_empty() && !value.is_empty() && !value.contains("!{") => {
                    Some(Expression::Whole { namespace, value })
                }
                _ if is_known(inner.unwrap_or(rest)) => Some(Expression::Broken(inner.unwrap_or(rest))),
                _ => None,
            }
        };
        starts.filter_map(read).collect()
    }

    /// The values of all expressions of one namespace.
    pub fn values<'a>(&'a self, wanted: &str) -> Vec<&'a str> {
        let value = |expression| match expression {
            Expression::Whole { namespace, value } if namespace == wanted => Some(value),
            _ => None,
        };
        self.expressions().into_iter().filter_map(value).collect()
    }

    /// Whether what is not seen in it is not there.
    pub fn is_closed(&self) -> bool {
        !self.open
    }

    /// The whole text; `None` when a part of it is decided at deployment.
    pub fn into_known(self) -> Option<String> {
        is_known(&self.text).then_some(self.text)
    }

    /// The text with a stand-in for each part that is decided at deployment.
    pub fn known_parts(&self) -> &str {
        &self.text
    }

    /// Whether there surely is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Whether no part of `text` is decided at deployment.
pub fn is_known(text: &str) -> bool {
    !text.contains(HOLE)
}

/// The letters of a date pattern that are evaluated, and what stands between them: nothing in single quotes.
pub fn unquoted(pattern: &str) -> String {
    pattern.split('\'').step_by(2).collect::<Vec<_>>().join("'")
}

/// The runs of one letter in a date pattern: `yyyy`, `MM` and `dd` of `yyyy/MM/dd`.
pub fn runs(pattern: &str) -> Vec<&str> {
    let literal = pattern.split('\'').step_by(2);
    let same = |a: &u8, b: &u8| a == b;
    let chunks = literal.flat_map(|part| part.as_bytes().chunk_by(same));
    chunks.filter_map(|run| std::str::from_utf8(run).ok()).filter(|run| run.starts_with(char::is_alphabetic)).collect()
}

/// Where an expression of a prefix is written; the whole value when it is put together from parts.
pub fn place(value: &Value, expression: Expression<'_>) -> Span {
    let needle = match expression {
        Expression::Whole { namespace, value } => format!("!{{{namespace}:{value}}}"),
        Expression::Broken(text) => format!("!{{{text}"),
    };
    let span = &value.origin.span;
    match span.text().find(&needle) {
        Some(start) => span.within(start, start + needle.len()),
        None => span.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::Parameter;
    use crate::desired::generate::origin;

    fn read(json: serde_json::Value) -> Prefix {
        let given = Parameter {
            parameter_type: "String".to_owned(),
            description: String::new(),
            default: None,
            constraints: Vec::new(),
            origin: origin(),
        };
        let stack = Stack { parameters: [("Given".to_owned(), given)].into_iter().collect(), ..Stack::default() };
        Prefix::read(&stack, &Value::from_json(json, &origin()))
    }

    #[test]
    fn expressions_are_found_in_texts_and_in_intrinsics() {
        let plain = json!("a/!{timestamp:yyyy}/");
        let sub = json!({ "Fn::Sub": "${AWS::Region}/!{timestamp:yyyy}/" });
        let join = json!({ "Fn::Join": ["/", [{ "Ref": "AWS::Region" }, "!{timestamp:yyyy}", ""]] });
        let named = json!({ "Fn::Sub": ["${Date}/", { "Date": "!{timestamp:yyyy}" }] });
        for prefix in [plain, sub, join, named].map(read) {
            assert_eq!(prefix.values("timestamp"), ["yyyy"]);
            assert!(prefix.is_closed());
        }
    }

    #[test]
    fn a_parameter_may_hold_anything() {
        let resolved = json!({ "Fn::Join": ["", ["{{resolve:ssm:/", { "Ref": "AWS::Region" }, "/prefix}}"]] });
        assert!(!read(resolved).known_parts().contains('/'));
        for prefix in [json!({ "Ref": "Given" }), json!({ "Fn::Sub": "${Given}/a" }), json!({ "Fn::ImportValue": "a" })]
        {
            let prefix = read(prefix);
            assert!(prefix.expressions().is_empty());
            assert!(!prefix.is_closed());
        }
    }

    #[test]
    fn what_is_partly_known_is_not_broken() {
        assert!(read(json!({ "Fn::Sub": "!{${Given}}" })).expressions().is_empty());
        let prefix = read(json!({ "Fn::Sub": "!{timestamp:${Given}}" }));
        assert!(prefix.values("timestamp").iter().all(|value| !is_known(value)));
    }

    #[test]
    fn broken_expressions_are_told_apart() {
        for (text, broken) in [("!{timestamp}", "timestamp"), ("a!{b", "b"), ("!{:a}/", ":a")] {
            assert_eq!(read(json!(text)).expressions(), [Expression::Broken(broken)]);
        }
        assert!(read(json!({ "Fn::Sub": "a/${!b}" })).expressions().is_empty());
    }
}
