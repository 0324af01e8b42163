//! Intrinsic functions, as tags and as maps with one key.

use super::rules::BAD_FUNCTION;
use super::section::with_nearest;
use super::{Lifter, text};
use crate::desired::{Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::Span;
use crate::syntax::Node;

const TAGS: &[&str] = &[
    "!And",
    "!Base64",
    "!Cidr",
    "!Condition",
    "!Equals",
    "!FindInMap",
    "!GetAZs",
    "!GetAtt",
    "!If",
    "!ImportValue",
    "!Join",
    "!Length",
    "!Not",
    "!Or",
    "!Ref",
    "!Select",
    "!Split",
    "!Sub",
    "!ToJsonString",
    "!Transform",
];

impl Lifter {
    /// The function that a tag names, applied to the node that carries it.
    pub(super) fn tagged(&mut self, tag: &str, node: &Node) -> Option<Value> {
        if !TAGS.contains(&tag) {
            let message = format!("CloudFormation has no function `{tag}`; it has {}", list(TAGS.iter().copied()));
            let near = nearest(tag, TAGS.iter().copied());
            self.report(with_nearest(Diagnostic::new(&BAD_FUNCTION, &node.span, message), near));
            return self.untagged(node);
        }
        let name = match tag {
            "!Ref" | "!Condition" => tag[1..].to_owned(),
            _ => format!("Fn::{}", &tag[1..]),
        };
        let takes_text = matches!(tag, "!Ref" | "!Condition" | "!GetAtt" | "!Sub");
        let argument = if takes_text && text(node).is_some() { self.text_value(node) } else { self.untagged(node)? };
        let origin = Origin::authored(&node.span);
        Some(self.function(Value::map(&origin).with(name, argument), &node.span))
    }

    /// A map that is spelled as a function becomes that function; one that is spelled as one with arguments it does
    /// not take is reported and stays a map.
    pub(super) fn function(&mut self, map: Value, span: &Span) -> Value {
        let value = map.lift_intrinsic();
        if let ValueKind::Map(entries) = &value.kind
            && let [(name, argument)] = entries.as_slice()
            && let Some(wanted) = wanted_argument(name, argument)
        {
            self.report(Diagnostic::new(&BAD_FUNCTION, span, format!("`{name}` takes {wanted}")));
        }
        value
    }
}

/// What a function takes that was given another argument.
fn wanted_argument(name: &str, argument: &Value) -> Option<&'static str> {
    match (name, &argument.kind) {
        ("Ref", _) => Some("the logical id of a resource, or the name of a parameter"),
        ("Fn::Sub", _) => Some("a text, or a list of a text and a mapping from names to values"),
        // The attribute may be computed; then it is no reference that can be read here.
        ("Fn::GetAtt", ValueKind::List(parts)) if parts.len() == 2 && parts[0].as_text().is_some() => None,
        ("Fn::GetAtt", _) => Some("a logical id and an attribute, as `Trips.Arn`"),
        _ => None,
    }
}
