//! Parameters: their types and defaults.

use super::rules::BAD_PARAMETER;
use super::section::Fields;
use super::{Lifter, plain_text};
use crate::desired::{Origin, Parameter, Value, ValueKind};
use crate::diagnostic::{Diagnostic, list, nearest};
use crate::source::Span;
use crate::syntax::{Key, Node};

const KEYS: &[&str] = &[
    "Type",
    "Description",
    "Default",
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
];

/// The types that have a `List<…>` and, both of them, an `AWS::SSM::Parameter::Value<…>`.
const ELEMENTS: &[&str] = &[
    "String",
    "Number",
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
];

const LIST: &str = "CommaDelimitedList";

impl Lifter {
    pub(super) fn parameter(&mut self, name: &str, key: &Key, node: &Node) -> Option<Parameter> {
        let fields = self.fields(node, &BAD_PARAMETER, &format!("parameter `{name}`"))?;
        self.known(&fields, KEYS, &[], "a parameter");
        let parameter_type = self.required(&fields, "Type", key, &BAD_PARAMETER, &format!("parameter `{name}`"))?;
        if let Some((_, node)) = fields.get("Type") {
            self.parameter_type(&parameter_type, &node.span);
        }
        let constraints: Vec<_> = fields
            .iter()
            .filter(|(key, _)| KEYS[3..].contains(key))
            .filter_map(|(name, (key, node))| Some(((*name).to_owned(), self.value(node)?.under(&key.span))))
            .collect();
        let default = self.default(&fields);
        if let Some(default) = &default
            && let Some((_, allowed)) = constraints.iter().find(|(name, _)| name == "AllowedValues")
        {
            self.allowed_default(&parameter_type, default, allowed);
        }
        Some(Parameter {
            parameter_type,
            description: self.attribute(&fields, "Description", &BAD_PARAMETER).unwrap_or_default(),
            default,
            constraints,
            origin: Origin::authored(&key.span),
        })
    }

    fn parameter_type(&mut self, written: &str, span: &Span) {
        let inside =
            |text: &str, name: &str| Some(text.strip_prefix(name)?.strip_prefix('<')?.strip_suffix('>')?.to_owned());
        let looked_up = inside(written, "AWS::SSM::Parameter::Value");
        let value = looked_up.as_deref().unwrap_or(written);
        let listed = inside(value, "List");
        let element = listed.as_deref().unwrap_or(value);
        if ELEMENTS.contains(&element) || (element == LIST && listed.is_none()) {
            return;
        }
        let help = match nearest(element, ELEMENTS.iter().copied().chain([LIST])) {
            Some(near) => format!("write `{}`", written.replacen(element, near, 1)),
            None => format!(
                "write {}, one of them in `List<…>`, or either in `AWS::SSM::Parameter::Value<…>`",
                list(ELEMENTS.iter().copied().chain([LIST]))
            ),
        };
        let message = format!("parameters have no type `{written}`, so CloudFormation refuses the template");
        self.report(Diagnostic::new(&BAD_PARAMETER, span, message).help(help));
    }

    fn default(&mut self, fields: &Fields<'_>) -> Option<Value> {
        let (key, node) = fields.get("Default")?;
        let value = self.value(node)?;
        if plain_text(node).is_none() {
            let message = "a default is one text, also for lists, and CloudFormation refuses anything else";
            let help = "write a text; separate the items of a list by commas inside it";
            self.report(Diagnostic::new(&BAD_PARAMETER, &node.span, message).help(help));
        }
        Some(value.under(&key.span))
    }

    /// The default of a lookup is the name of what is looked up, to which the allowed values do not apply.
    fn allowed_default(&mut self, parameter_type: &str, default: &Value, allowed: &Value) {
        let ValueKind::List(allowed) = &allowed.kind else { return };
        let allowed: Option<Vec<String>> = allowed.iter().map(scalar).collect();
        let (Some(allowed), Some(default_text)) = (allowed, scalar(default)) else { return };
        let is_list = parameter_type == LIST || parameter_type.starts_with("List<");
        let items =
            if is_list { default_text.split(',').map(str::trim).collect() } else { vec![default_text.as_str()] };
        let is_allowed = |item: &&str| allowed.iter().any(|value| is_same(value, item, parameter_type));
        let is_whole = allowed.contains(&default_text);
        if parameter_type.starts_with("AWS::SSM::") || is_whole || items.iter().all(is_allowed) {
            return;
        }
        let words = list(allowed.iter().map(String::as_str));
        let message =
            format!("the default `{default_text}` is not among the allowed values, so it is refused when it is used");
        let help = match nearest(&default_text, allowed.iter().map(String::as_str)) {
            Some(near) => format!("write `{near}`, or add `{default_text}` to `AllowedValues`"),
            None => format!("write one of {words}, or add `{default_text}` to `AllowedValues`"),
        };
        self.report(Diagnostic::new(&BAD_PARAMETER, &default.origin.span, message).help(help));
    }
}

fn is_same(a: &str, b: &str, parameter_type: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    a == b || (parameter_type.contains("Number") && number(a).is_some() && number(a) == number(b))
}

/// The text of a scalar as CloudFormation has it.
fn scalar(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Text(text) => Some(text.clone()),
        ValueKind::Boolean(value) => Some(value.to_string()),
        ValueKind::Integer(value) => Some(value.to_string()),
        // As written, because `1.0` and `1.00` are different texts.
        ValueKind::Float(_) => Some(value.origin.span.text().to_owned()),
        ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Intrinsic(_) => None,
    }
}
