//! The sections of a template, and resources and outputs in them.

use indexmap::IndexMap;

use super::rules::{BAD_OUTPUT, BAD_RESOURCE, NOT_A_TEMPLATE, UNKNOWN_KEY};
use super::{Lifter, ROLE, entries, globals, loops, plain_text, text};
use crate::desired::{Origin, Output, Resource, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Rule, list, nearest};
use crate::source::Span;
use crate::syntax::{Key, Node};

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Transform",
    "Globals",
    "Parameters",
    "Mappings",
    "Rules",
    "Conditions",
    "Resources",
    "Outputs",
    "Hooks",
];

const ATTRIBUTES: &[&str] = &[
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
];

/// Attributes of custom resources and of SAM.
const SPECIAL_ATTRIBUTES: &[&str] = &["Version", "Connectors", "IgnoreGlobals"];

pub(super) type Fields<'a> = IndexMap<&'a str, (&'a Key, &'a Node)>;

impl Lifter {
    pub(super) fn stack(&mut self, root: &Node) -> Stack {
        let mut stack = Stack { role: ROLE.into(), transforms: self.macros.names.clone(), ..Stack::default() };
        let Some(sections) = entries(root) else {
            let message = "a CloudFormation template is a mapping with the key `Resources`, and this file is not";
            let help = "write a mapping with `Resources`, or check the file that is the template";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &root.span, message).help(help));
            return stack;
        };
        self.check_sections(root, &sections);
        for section in ["Parameters", "Mappings", "Conditions", "Resources"] {
            let inside = sections.get(section).and_then(|(_, node)| entries(node));
            self.names.declare(section, inside.into_iter().flatten().map(|(name, _)| name));
        }
        self.description = sections.get("Description").map(|(_, node)| node.span.clone());
        stack.description = self.attribute(&sections, "Description", &NOT_A_TEMPLATE).unwrap_or_default();
        stack.metadata =
            sections.get("Metadata").and_then(|(key, node)| Some(self.quiet_value(node)?.under(&key.span)));
        for (name, (key, node)) in self.section(&sections, "Parameters") {
            stack.parameters.extend(self.parameter(name, key, node).map(|it| (name.to_owned(), it)));
        }
        for (section, values) in
            [("Mappings", &mut stack.mappings), ("Rules", &mut stack.rules), ("Conditions", &mut stack.conditions)]
        {
            for (name, (key, node)) in self.section(&sections, section) {
                values.extend(self.value(node).map(|it| (name.to_owned(), it.under(&key.span))));
            }
        }
        if let Some((key, _)) = sections.get("Globals") {
            self.needs_serverless(&key.span, "`Globals`");
        }
        let globals = sections.get("Globals").and_then(|(_, node)| self.value(node));
        let mut without_globals = Vec::new();
        for (id, (key, node)) in self.section(&sections, "Resources") {
            without_globals.extend(entries(node).filter(|it| it.contains_key("IgnoreGlobals")).map(|_| id));
            stack.resources.extend(self.resource(id, key, node).map(|it| (id.to_owned(), it)));
        }
        if let Some(globals) = globals {
            globals::apply(&mut stack, &globals, &without_globals);
            self.names.mention(Some(globals));
        }
        for (name, (key, node)) in self.section(&sections, "Outputs") {
            stack.outputs.extend(self.output(name, key, node).map(|it| (name.to_owned(), it)));
        }
        stack
    }

    fn check_sections(&mut self, root: &Node, sections: &Fields<'_>) {
        self.known(sections, SECTIONS, &[], "a template");
        if !sections.contains_key("Resources") && !self.macros.other {
            let message = "the file has no `Resources`, so it is not a CloudFormation template";
            let help = "add `Resources` with at least one resource";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &Span::start_of(&root.span.file), message).help(help));
        }
        if let Some((_, version)) = sections.get("AWSTemplateFormatVersion")
            && text(version) != Some("2010-09-09")
        {
            let message = "the only `AWSTemplateFormatVersion` that there is, is '2010-09-09'";
            self.report(Diagnostic::new(&NOT_A_TEMPLATE, &version.span, message).help("write '2010-09-09'"));
        }
    }

    fn section<'a>(&mut self, sections: &Fields<'a>, name: &str) -> Fields<'a> {
        let Some((_, node)) = sections.get(name) else { return Fields::new() };
        let Some(mut fields) = entries(node) else {
            if !self.macros.other {
                let message = format!("`{name}` is a mapping from names to what they stand for, and here it is not");
                let help = "write a name, a colon and what it stands for on each line; leave out an empty section";
                self.report(Diagnostic::new(&NOT_A_TEMPLATE, &node.span, message).help(help));
            }
            self.open = true;
            return Fields::new();
        };
        if let Some((key, _)) = fields.iter().find(|(key, _)| key.starts_with(loops::PREFIX)).map(|(_, it)| it) {
            self.needs_extensions(&key.span, "`Fn::ForEach`");
            self.open = true;
        }
        fields.retain(|key, _| !key.starts_with(loops::PREFIX) && !key.starts_with("Fn::Transform"));
        fields
    }

    pub(super) fn resource(&mut self, id: &str, key: &Key, node: &Node) -> Option<Resource> {
        let fields = self.fields(node, &BAD_RESOURCE, &format!("resource `{id}`"))?;
        self.known(&fields, ATTRIBUTES, SPECIAL_ATTRIBUTES, "a resource");
        let resource_type = self.required(&fields, "Type", key, &BAD_RESOURCE, &format!("resource `{id}`"))?;
        if resource_type.starts_with("AWS::Serverless::")
            && let Some((_, node)) = fields.get("Type")
        {
            self.needs_serverless(&node.span, &format!("`{resource_type}`"));
        }
        let origin = Origin::authored(&key.span);
        let mut attributes = Vec::new();
        for name in ["Metadata", "CreationPolicy", "UpdatePolicy"] {
            let Some((key, node)) = fields.get(name) else { continue };
            let value = if name == "Metadata" { self.quiet_value(node) } else { self.value(node) };
            attributes.extend(value.map(|value| (name.to_owned(), value.under(&key.span))));
        }
        Some(Resource {
            resource_type,
            thing: id.to_owned(),
            properties: self.properties(&fields).unwrap_or_else(|| Value::map(&origin)),
            depends_on: self.depends_on(&fields),
            condition: self.condition(&fields, &BAD_RESOURCE),
            deletion_policy: self.policy(&fields, "DeletionPolicy"),
            by_hand: None,
            overridden: false,
            update_replace_policy: self.policy(&fields, "UpdateReplacePolicy"),
            attributes,
            origin,
        })
    }

    fn properties(&mut self, fields: &Fields<'_>) -> Option<Value> {
        let (key, node) = fields.get("Properties")?;
        let value = self.value(node)?;
        if matches!(value.kind, ValueKind::Map(_) | ValueKind::Intrinsic(_)) {
            return Some(value.under(&key.span));
        }
        let message = "`Properties` is a mapping from property names to values, and here it is not";
        self.report(Diagnostic::new(&BAD_RESOURCE, &node.span, message).help("write `Name: value` for each property"));
        None
    }

    fn output(&mut self, name: &str, key: &Key, node: &Node) -> Option<Output> {
        let fields = self.fields(node, &BAD_OUTPUT, &format!("output `{name}`"))?;
        self.known(&fields, &["Value", "Description", "Condition", "Export"], &[], "an output");
        let Some((value_key, value)) = fields.get("Value") else {
            let message = format!("output `{name}` has no `Value`");
            self.report(
                Diagnostic::new(&BAD_OUTPUT, &key.span, message).help("add `Value` with what the output gives"),
            );
            return None;
        };
        let value = self.value(value)?.under(&value_key.span);
        if matches!(value.kind, ValueKind::List(_) | ValueKind::Map(_)) && !self.macros.other {
            let message = format!("output `{name}` is a list or a mapping, and CloudFormation gives out only texts");
            let help = "give out one value, or join a list with `!Join`";
            self.report(Diagnostic::new(&BAD_OUTPUT, &value.origin.span, message).help(help));
        }
        Some(Output {
            description: self.attribute(&fields, "Description", &BAD_OUTPUT).unwrap_or_default(),
            value,
            condition: self.condition(&fields, &BAD_OUTPUT),
            export: self.export(&fields),
            origin: Origin::authored(&key.span),
        })
    }

    fn export(&mut self, fields: &Fields<'_>) -> Option<Value> {
        let (_, node) = fields.get("Export")?;
        let fields = self.fields(node, &BAD_OUTPUT, "`Export`")?;
        self.known(&fields, &["Name"], &[], "an export");
        match fields.get("Name") {
            Some((key, node)) => Some(self.value(node)?.under(&key.span)),
            None => {
                let message = "an export without `Name` cannot be imported, and CloudFormation refuses it";
                self.report(Diagnostic::new(&BAD_OUTPUT, &node.span, message).help("add `Name`"));
                None
            }
        }
    }

    pub(super) fn fields<'a>(&mut self, node: &'a Node, rule: &'static Rule, what: &str) -> Option<Fields<'a>> {
        let fields = entries(node);
        if fields.is_none() {
            let message = format!("{what} is not a mapping, so it says nothing");
            self.report(Diagnostic::new(rule, &node.span, message).help("write it as a mapping from keys to values"));
        }
        fields
    }

    /// The text of an attribute that has to be there.
    pub(super) fn required(
        &mut self,
        fields: &Fields<'_>,
        attribute: &str,
        owner: &Key,
        rule: &'static Rule,
        what: &str,
    ) -> Option<String> {
        if !fields.contains_key(attribute) && !self.macros.other {
            let message = format!("{what} has no `{attribute}`");
            self.report(Diagnostic::new(rule, &owner.span, message).help(format!("add `{attribute}`")));
        }
        self.attribute(fields, attribute, rule)
    }

    /// The text of an attribute that must not be computed.
    pub(super) fn attribute(&mut self, fields: &Fields<'_>, attribute: &str, rule: &'static Rule) -> Option<String> {
        let (_, node) = fields.get(attribute)?;
        let text = plain_text(node);
        if text.is_none() {
            let message = format!("`{attribute}` is a text, and here it is not");
            let help = "write a plain text; functions do not work here";
            self.report(Diagnostic::new(rule, &node.span, message).help(help));
        }
        text.map(str::to_owned)
    }

    pub(super) fn known(&mut self, fields: &Fields<'_>, known: &[&str], silent: &[&str], what: &str) {
        // A macro may have words of its own.
        if self.macros.other {
            return;
        }
        for (name, (key, _)) in fields {
            if !known.contains(name) && !silent.contains(name) && !name.starts_with("Fn::") {
                let message = format!("{what} has no `{name}`, so CloudFormation refuses it");
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("write `{near}`"),
                    None => format!("remove it; there may be {}", list(known.iter().copied())),
                };
                self.report(Diagnostic::new(&UNKNOWN_KEY, &key.span, message).help(help));
            }
        }
    }
}
