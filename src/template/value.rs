//! Values as CloudFormation takes them.

use super::rules::{AMBIGUOUS_SCALAR, BAD_VALUE};
use super::{Lifter, entries};
use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Edit, Safety};
use crate::syntax::{Node, PlainKind, Scalar, Value as Syntax};

impl Lifter {
    /// `None` for what has no value, which is reported.
    pub(super) fn value(&mut self, node: &Node) -> Option<Value> {
        match node.tag.as_deref() {
            Some("!" | "!!str") => Some(self.text_value(node)),
            Some(tag) if tag.starts_with('!') && !tag.starts_with("!!") => self.tagged(tag, node),
            _ => self.untagged(node),
        }
    }

    pub(super) fn untagged(&mut self, node: &Node) -> Option<Value> {
        let origin = Origin::authored(&node.span);
        let kind = match &node.value {
            Syntax::Null => {
                let message = "the value is missing here, and CloudFormation takes no template with a null";
                let help = "write the value, or leave the key out (`!Ref AWS::NoValue` leaves it out by condition)";
                self.report(Diagnostic::new(&BAD_VALUE, &node.span, message).help(help));
                return None;
            }
            Syntax::Scalar(scalar) => self.scalar(scalar, node),
            Syntax::List(items) => ValueKind::List(items.iter().filter_map(|item| self.value(item)).collect()),
            Syntax::Map(_) => {
                let fields = entries(node).unwrap_or_default();
                let values = fields
                    .into_iter()
                    .filter_map(|(name, (key, it))| Some((name.to_owned(), self.value(it)?.under(&key.span))));
                let map = ValueKind::Map(values.collect());
                return Some(self.function(Value::new(map, &origin), &node.span));
            }
        };
        Some(Value::new(kind, &origin))
    }

    /// A value of which nothing is reported, because CloudFormation does not look at it.
    pub(super) fn quiet_value(&mut self, node: &Node) -> Option<Value> {
        let told = self.diagnostics.len();
        let value = self.value(node);
        self.diagnostics.truncate(told);
        value
    }

    /// A scalar as the text it is written with, whatever it looks like.
    pub(super) fn text_value(&mut self, node: &Node) -> Value {
        Value::text(super::text(node).unwrap_or_default(), &Origin::authored(&node.span))
    }

    fn scalar(&mut self, scalar: &Scalar, node: &Node) -> ValueKind {
        let text = scalar.text.as_str();
        let kind = match scalar.kind() {
            PlainKind::Integer(value) => ValueKind::Integer(value),
            PlainKind::Float(value) => ValueKind::Float(value),
            PlainKind::Boolean(value) => ValueKind::Boolean(value),
            PlainKind::Text => ValueKind::Text(text.to_owned()),
        };
        if let ValueKind::Float(value) = kind
            && !value.is_finite()
        {
            let message = format!("`{text}` is not a finite number, and CloudFormation has no other numbers");
            self.report(Diagnostic::new(&BAD_VALUE, &node.span, message).help(format!("quote it as '{text}'")));
        }
        match ambiguity(scalar).filter(|_| !self.is_yaml_1_2) {
            None => kind,
            Some((read_as, kind)) => {
                let message = format!("CloudFormation reads YAML 1.1, where an unquoted `{text}` is {read_as}");
                let (help, written) = match kind {
                    ValueKind::Boolean(value) => {
                        (format!("write `{value}`, or quote the text as '{text}'"), value.to_string())
                    }
                    _ => (format!("quote it as '{text}'"), format!("'{text}'")),
                };
                let edit = Edit::new(node.span.clone(), written.as_str());
                self.report(Diagnostic::new(&AMBIGUOUS_SCALAR, &node.span, message).help(help).fix(
                    format!("write `{written}`"),
                    Safety::Unsafe,
                    vec![edit],
                ));
                kind
            }
        }
    }
}

/// What YAML 1.1 makes of a plain scalar that YAML 1.2 reads otherwise, and what it is taken for here: the boolean
/// that CloudFormation sees, but the text that was meant where CloudFormation sees a mangled number.
fn ambiguity(scalar: &Scalar) -> Option<(&'static str, ValueKind)> {
    if !scalar.plain {
        return None;
    }
    let text = scalar.text.as_str();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let kept = || ValueKind::Text(text.to_owned());
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(("the boolean true", ValueKind::Boolean(true))),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(("the boolean false", ValueKind::Boolean(false))),
        _ if digits.len() > 1 && digits.starts_with('0') && is_number(digits) => {
            Some(("a number without its leading zeros", kept()))
        }
        _ if digits.contains(':') && digits.split(':').all(|part| is_number(part) && part.len() <= 2) => {
            Some(("a number in base 60", kept()))
        }
        _ => None,
    }
}
