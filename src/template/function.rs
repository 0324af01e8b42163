//! Intrinsic functions, as tags and as maps with one key.

use super::arguments::wanted;
use super::rules::BAD_FUNCTION;
use super::{Lifter, loops, text};
use crate::desired::{Intrinsic, Origin, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::Span;
use crate::syntax::Node;

/// The functions of templates by their names after `Fn::`, or after the `!` of a tag.
const FUNCTIONS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Functions without `Fn::` in their long form.
const BARE: &[&str] = &["Ref", "Condition"];

/// Functions of other services that stand in values of templates: CodePipeline's parameter overrides.
const FOREIGN: &[&str] = &["Fn::GetArtifactAtt", "Fn::GetParam"];

impl Lifter {
    /// The function that a tag names, applied to the node that carries it.
    pub(super) fn tagged(&mut self, tag: &str, node: &Node) -> Option<Value> {
        let name = &tag[1..];
        let full = match name {
            _ if BARE.contains(&name) => name.to_owned(),
            _ if FUNCTIONS.contains(&name) => format!("Fn::{name}"),
            _ if self.macros.other => return self.untagged(node),
            _ => {
                self.no_function(
                    tag,
                    &node.span,
                    FUNCTIONS.iter().chain(BARE).map(|name| format!("!{name}")).collect(),
                );
                return self.untagged(node);
            }
        };
        let takes_text = matches!(name, "Ref" | "Condition" | "GetAtt" | "Sub");
        let argument = if takes_text && text(node).is_some() { self.text_value(node) } else { self.untagged(node)? };
        let origin = Origin::authored(&node.span);
        Some(self.function(Value::map(&origin).with(full, argument), &node.span))
    }

    /// A map that is spelled as a function becomes that function; arguments that it does not take are reported.
    pub(super) fn function(&mut self, map: Value, span: &Span) -> Value {
        let map = if self.macros.language_extensions { with_settled_names(map) } else { map };
        let value = map.lift_intrinsic();
        let (name, argument) = match &value.kind {
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => (name, argument.as_ref()),
            ValueKind::Map(entries) => match entries.as_slice() {
                [(name, argument)] if name == "Ref" => (name, argument),
                _ => return value,
            },
            _ => return value,
        };
        if name.starts_with(loops::PREFIX) {
            self.needs_extensions(span, "`Fn::ForEach`");
        } else if let Some(short) = name.strip_prefix("Fn::")
            && !FUNCTIONS.contains(&short)
        {
            if !FOREIGN.contains(&name.as_str()) && !self.macros.other {
                self.no_function(name, span, FUNCTIONS.iter().map(|name| format!("Fn::{name}")).collect());
            }
        } else if let Some((wanted, example)) = wanted(name, argument, self.macros.language_extensions) {
            let message = format!("`{name}` takes {wanted}, and CloudFormation refuses anything else");
            self.report(Diagnostic::new(&BAD_FUNCTION, span, message).help(format!("write it as {example}")));
        } else {
            self.check_extension(name, argument, span);
        }
        value
    }

    fn check_extension(&mut self, name: &str, argument: &Value, span: &Span) {
        match (name, &argument.kind) {
            ("Fn::Length" | "Fn::ToJsonString", _) => self.needs_extensions(span, &format!("`{name}`")),
            ("Fn::FindInMap", ValueKind::List(parts)) if parts.len() == 4 => {
                self.needs_extensions(&parts[3].origin.span, "`DefaultValue` of `Fn::FindInMap`");
            }
            _ => {}
        }
    }

    fn no_function(&mut self, name: &str, span: &Span, there_are: Vec<String>) {
        let message = format!("CloudFormation has no function `{name}`, so it refuses the template");
        let names = there_are.iter().map(String::as_str);
        let help = match nearest(name, names.clone()) {
            Some(near) => format!("write `{near}`"),
            None => format!("write one of {}", list(names)),
        };
        self.report(Diagnostic::new(&BAD_FUNCTION, span, message).help(help));
    }
}

/// A reference whose name is an `Fn::Sub` in which a loop left nothing to replace names what the text says.
fn with_settled_names(mut map: Value) -> Value {
    if let ValueKind::Map(entries) = &mut map.kind
        && let [(name, argument)] = entries.as_mut_slice()
        && matches!(name.as_str(), "Ref" | "Fn::GetAtt")
    {
        let names = match &mut argument.kind {
            ValueKind::List(names) => names.as_mut_slice(),
            _ => std::slice::from_mut(argument),
        };
        for name in names {
            if let ValueKind::Intrinsic(Intrinsic::Sub(text, given)) = &name.kind
                && given.is_empty()
                && !text.contains("${")
            {
                name.kind = ValueKind::Text(text.clone());
            }
        }
    }
    map
}
