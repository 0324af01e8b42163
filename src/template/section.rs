//! The sections of a template and the attributes of what stands in them.

use indexmap::IndexMap;

use super::rules::{BAD_OUTPUT, BAD_PARAMETER, BAD_RESOURCE, NOT_A_TEMPLATE, UNKNOWN_KEY, UNREAD_PART};
use super::{Lifter, ROLE, entries, text};
use crate::desired::{Origin, Output, Parameter, Resource, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Rule, list, nearest};
use crate::source::Span;
use crate::syntax::{Key, Node, Value as Syntax};

const SECTIONS: &[&str] =
    &["AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Resources", "Outputs"];
const UNREAD_SECTIONS: &[&str] = &["Metadata", "Mappings", "Transform", "Rules", "Hooks"];

const ATTRIBUTES: &[&str] = &["Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy"];
const UNREAD_ATTRIBUTES: &[&str] = &["Metadata", "CreationPolicy", "UpdatePolicy"];

const POLICIES: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

const PARAMETER_KEYS: &[&str] = &[
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

type Fields<'a> = IndexMap<&'a str, (&'a Key, &'a Node)>;

impl Lifter {
    pub(super) fn stack(&mut self, root: &Node) -> Stack {
        let mut stack = Stack {
            role: ROLE,
            description: String::new(),
            parameters: IndexMap::new(),
            conditions: IndexMap::new(),
            resources: IndexMap::new(),
            outputs: IndexMap::new(),
            deployments: Vec::new(),
        };
        let Some(sections) = entries(root) else {
            let message = "a CloudFormation template is a mapping with the key `Resources`, and this file is not";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &root.span, message));
            return stack;
        };
        self.known(&sections, SECTIONS, UNREAD_SECTIONS, "a template");
        if !sections.contains_key("Resources") {
            let start = Span::start_of(&root.span.file);
            let message = "the file has no `Resources`, so it is not a CloudFormation template";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &start, message));
        }
        if let Some((_, version)) = sections.get("AWSTemplateFormatVersion")
            && text(version) != Some("2010-09-09")
        {
            let message = "the only `AWSTemplateFormatVersion` that there is, is '2010-09-09'";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &version.span, message));
        }
        stack.description = self.attribute(&sections, "Description", &NOT_A_TEMPLATE).unwrap_or_default();
        for (name, (key, node)) in self.section(&sections, "Parameters") {
            stack.parameters.extend(self.parameter(name, key, node).map(|it| (name.to_owned(), it)));
        }
        for (name, (_, node)) in self.section(&sections, "Conditions") {
            stack.conditions.extend(self.value(node).map(|it| (name.to_owned(), it)));
        }
        for (id, (key, node)) in self.section(&sections, "Resources") {
            stack.resources.extend(self.resource(id, key, node).map(|it| (id.to_owned(), it)));
        }
        for (name, (key, node)) in self.section(&sections, "Outputs") {
            stack.outputs.extend(self.output(name, key, node).map(|it| (name.to_owned(), it)));
        }
        stack
    }

    fn section<'a>(&mut self, sections: &Fields<'a>, name: &str) -> Fields<'a> {
        let Some((_, node)) = sections.get(name) else { return Fields::new() };
        entries(node).unwrap_or_else(|| {
            let message = format!("`{name}` is a mapping from names to what they stand for, and here it is not");
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &node.span, message));
            Fields::new()
        })
    }

    fn parameter(&mut self, name: &str, key: &Key, node: &Node) -> Option<Parameter> {
        let fields = self.fields(node, &BAD_PARAMETER, &format!("parameter `{name}`"))?;
        self.known(&fields, PARAMETER_KEYS, &[], "a parameter");
        let parameter_type = self.required(&fields, "Type", key, &BAD_PARAMETER, &format!("parameter `{name}`"))?;
        let constraints = fields
            .iter()
            .filter(|(key, _)| PARAMETER_KEYS[3..].contains(key))
            .filter_map(|(key, (_, node))| Some(((*key).to_owned(), self.value(node)?)))
            .collect();
        Some(Parameter {
            parameter_type,
            description: self.attribute(&fields, "Description", &BAD_PARAMETER).unwrap_or_default(),
            default: fields.get("Default").and_then(|(_, node)| self.value(node)),
            constraints,
            origin: Origin::authored(&key.span),
        })
    }

    fn resource(&mut self, id: &str, key: &Key, node: &Node) -> Option<Resource> {
        let fields = self.fields(node, &BAD_RESOURCE, &format!("resource `{id}`"))?;
        self.known(&fields, ATTRIBUTES, UNREAD_ATTRIBUTES, "a resource");
        let resource_type = self.required(&fields, "Type", key, &BAD_RESOURCE, &format!("resource `{id}`"))?;
        let origin = Origin::authored(&key.span);
        Some(Resource {
            resource_type,
            thing: id.to_owned(),
            properties: self.properties(&fields).unwrap_or_else(|| Value::map(&origin)),
            depends_on: self.depends_on(&fields),
            condition: self.attribute(&fields, "Condition", &BAD_RESOURCE),
            deletion_policy: self.policy(&fields, "DeletionPolicy"),
            by_hand: None,
            update_replace_policy: self.policy(&fields, "UpdateReplacePolicy"),
            origin,
        })
    }

    fn properties(&mut self, fields: &Fields<'_>) -> Option<Value> {
        let (_, node) = fields.get("Properties")?;
        let value = self.value(node)?;
        if matches!(value.kind, ValueKind::Map(_) | ValueKind::Intrinsic(_)) {
            return Some(value);
        }
        let message = "`Properties` is a mapping from property names to values, and here it is not";
        self.report(Diagnostic::new(&BAD_RESOURCE, &node.span, message));
        None
    }

    fn depends_on(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let Some((_, node)) = fields.get("DependsOn") else { return Vec::new() };
        let ids = match &node.value {
            Syntax::List(items) => items.iter().map(plain_text).collect(),
            _ => plain_text(node).map(|id| vec![id]),
        };
        ids.unwrap_or_else(|| {
            let message = "`DependsOn` is a logical id or a list of them";
            self.report(Diagnostic::new(&BAD_RESOURCE, &node.span, message));
            Vec::new()
        })
    }

    fn policy(&mut self, fields: &Fields<'_>, attribute: &str) -> Option<&'static str> {
        let (_, node) = fields.get(attribute)?;
        let written = plain_text(node);
        let policy = POLICIES.iter().find(|policy| written.as_deref() == Some(**policy)).copied();
        if policy.is_none() {
            let message = format!("`{attribute}` is one of {}", list(POLICIES.iter().copied()));
            let near = written.as_deref().and_then(|word| nearest(word, POLICIES.iter().copied()));
            self.report(with_nearest(Diagnostic::new(&BAD_RESOURCE, &node.span, message), near));
        }
        policy
    }

    fn output(&mut self, name: &str, key: &Key, node: &Node) -> Option<Output> {
        let fields = self.fields(node, &BAD_OUTPUT, &format!("output `{name}`"))?;
        self.known(&fields, &["Value", "Description", "Condition"], &["Export"], "an output");
        let Some((_, value)) = fields.get("Value") else {
            self.report(Diagnostic::new(&BAD_OUTPUT, &key.span, format!("output `{name}` has no `Value`")));
            return None;
        };
        Some(Output {
            description: self.attribute(&fields, "Description", &BAD_OUTPUT).unwrap_or_default(),
            value: self.value(value)?,
            condition: self.attribute(&fields, "Condition", &BAD_OUTPUT),
            origin: Origin::authored(&key.span),
        })
    }

    fn fields<'a>(&mut self, node: &'a Node, rule: &'static Rule, what: &str) -> Option<Fields<'a>> {
        let fields = entries(node);
        if fields.is_none() {
            self.report(Diagnostic::new(rule, &node.span, format!("{what} is not a mapping, so it says nothing")));
        }
        fields
    }

    /// The text of an attribute that has to be there.
    fn required(
        &mut self,
        fields: &Fields<'_>,
        attribute: &str,
        owner: &Key,
        rule: &'static Rule,
        what: &str,
    ) -> Option<String> {
        if !fields.contains_key(attribute) {
            self.report(Diagnostic::new(rule, &owner.span, format!("{what} has no `{attribute}`")));
        }
        self.attribute(fields, attribute, rule)
    }

    /// The text of an attribute that must not be computed.
    fn attribute(&mut self, fields: &Fields<'_>, attribute: &str, rule: &'static Rule) -> Option<String> {
        let (_, node) = fields.get(attribute)?;
        let text = plain_text(node);
        if text.is_none() {
            self.report(Diagnostic::new(rule, &node.span, format!("`{attribute}` is a text, and here it is not")));
        }
        text
    }

    fn known(&mut self, fields: &Fields<'_>, known: &[&str], unread: &[&str], what: &str) {
        for (name, (key, _)) in fields {
            if unread.contains(name) {
                let message = format!("`{name}` of {what} is not read, so nothing is known about what it changes");
                self.report(Diagnostic::new(&UNREAD_PART, &key.span, message));
            } else if !known.contains(name) {
                let message = format!("{what} has no `{name}`; it may have {}", list(known.iter().copied()));
                let near = nearest(name, known.iter().copied());
                self.report(with_nearest(Diagnostic::new(&UNKNOWN_KEY, &key.span, message), near));
            }
        }
    }
}

/// The text of a scalar that is no function.
fn plain_text(node: &Node) -> Option<String> {
    let computed = node.tag.as_ref().is_some_and(|tag| tag.starts_with('!') && !tag.starts_with("!!"));
    text(node).filter(|_| !computed).map(str::to_owned)
}

pub(super) fn with_nearest(diagnostic: Diagnostic, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => diagnostic.help(format!("write `{near}`")),
        None => diagnostic,
    }
}
