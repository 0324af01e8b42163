//! Names that stand for something of the template: each has to be there.

use std::collections::BTreeSet;

use super::Lifter;
use super::rules::{BAD_PLACEHOLDER, DANGLING_REFERENCE, DOUBTFUL_REFERENCE, REFERENCE_IN_CONDITION};
use super::sub::placeholders;
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Rule, list, nearest};
use crate::source::Span;
use crate::syntax::Embedded;

const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What SAM adds without a resource to begin its logical id with.
const SERVERLESS_IDS: &[&str] = &["Serverless", "CodeDeployServiceRole"];

/// The names of a template, also of parts that could not be read, and the places that name something by a plain text.
#[derive(Debug, Default)]
pub(super) struct Names {
    parameters: BTreeSet<String>,
    mappings: BTreeSet<String>,
    conditions: BTreeSet<String>,
    resources: BTreeSet<String>,
    conditions_of: Vec<(String, Span)>,
    dependencies: Vec<(String, Span)>,
    /// Values that are in no part of the stack.
    values: Vec<Value>,
}

impl Names {
    pub(super) fn declare<'a>(&mut self, section: &str, names: impl Iterator<Item = &'a str>) {
        let set = match section {
            "Parameters" => &mut self.parameters,
            "Mappings" => &mut self.mappings,
            "Conditions" => &mut self.conditions,
            _ => &mut self.resources,
        };
        set.extend(names.map(str::to_owned));
    }

    pub(super) fn condition(&mut self, name: &str, span: &Span) {
        self.conditions_of.push((name.to_owned(), span.clone()));
    }

    pub(super) fn depend(&mut self, id: &str, span: &Span) {
        self.dependencies.push((id.to_owned(), span.clone()));
    }

    pub(super) fn mention(&mut self, value: Option<Value>) {
        self.values.extend(value);
    }
}

impl Lifter {
    pub(super) fn check_references(&mut self, stack: &Stack) {
        let names = std::mem::take(&mut self.names);
        let modules = stack.resources.iter().filter(|(_, it)| it.resource_type.ends_with("::MODULE"));
        let mut check = Check {
            stack,
            names: &names,
            modules: modules.map(|(id, _)| id.as_str()).collect(),
            is_serverless: self.macros.serverless,
            is_open: self.open,
            may_rewrite: self.macros.other,
            is_condition: true,
            found: Vec::new(),
        };
        stack.conditions.values().chain(stack.rules.values()).for_each(|value| check.value(value));
        check.is_condition = false;
        for (name, span) in &names.conditions_of {
            check.condition(name, span);
        }
        for (id, span) in &names.dependencies {
            check.resource(id, span, Spelling::Name);
        }
        for resource in stack.resources.values() {
            check.value(&resource.properties);
            resource.attributes.iter().for_each(|(_, value)| check.value(value));
        }
        for output in stack.outputs.values() {
            check.value(&output.value);
            output.export.iter().for_each(|name| check.value(name));
        }
        names.values.iter().for_each(|value| check.value(value));
        let found = check.found;
        self.diagnostics.extend(found);
    }
}

/// How a reference is written.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    Name,
    /// As `${…}` in a text, where it may be meant as text.
    Placeholder,
}

struct Check<'a> {
    stack: &'a Stack,
    names: &'a Names,
    /// Modules of CloudFormation's registry, whose parts have logical ids that begin with theirs.
    modules: Vec<&'a str>,
    is_serverless: bool,
    is_open: bool,
    /// A macro may make something else of any text.
    may_rewrite: bool,
    /// In `Conditions` and `Rules`, which are decided before there are resources.
    is_condition: bool,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value) {
        match &value.kind {
            ValueKind::List(items) => items.iter().for_each(|item| self.value(item)),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| self.value(value)),
            ValueKind::Intrinsic(Intrinsic::Ref(name)) => self.reference(name, &value.origin.span, Spelling::Name),
            ValueKind::Intrinsic(Intrinsic::GetAtt(id, _)) => self.resource(id, &value.origin.span, Spelling::Name),
            ValueKind::Intrinsic(Intrinsic::Sub(text, given)) => self.sub(text, given, &value.origin.span),
            ValueKind::Intrinsic(Intrinsic::Call(name, argument)) => self.call(name, argument),
            _ => {}
        }
    }

    fn call(&mut self, name: &str, argument: &Value) {
        let parts = match &argument.kind {
            ValueKind::List(parts) => parts.as_slice(),
            _ => &[],
        };
        match (name, parts.first()) {
            ("Condition", _) if self.is_condition => {
                if let ValueKind::Text(name) = &argument.kind {
                    self.condition(name, &argument.origin.span);
                }
            }
            ("Fn::If", Some(Value { kind: ValueKind::Text(name), origin, .. })) => self.condition(name, &origin.span),
            ("Fn::GetAtt", Some(Value { kind: ValueKind::Text(id), origin, .. })) if parts.len() == 2 => {
                self.resource(id, &origin.span, Spelling::Name);
            }
            ("Fn::FindInMap", _) => self.mapping(parts),
            _ => {}
        }
        self.value(argument);
    }

    fn sub(&mut self, text: &str, given: &[(String, Value)], span: &Span) {
        given.iter().for_each(|(_, value)| self.value(value));
        if self.may_rewrite {
            return;
        }
        let embedded = Embedded::new(span, text);
        for placeholder in placeholders(text) {
            let name = placeholder.name;
            let span = embedded.span(placeholder.range.start, placeholder.range.end);
            let head = name.split('.').next().unwrap_or(name);
            if given.iter().any(|(given, _)| given == name || given == head) {
                continue;
            }
            if name.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | ':')) {
                self.bad_placeholder(&text[placeholder.range], &span);
            } else if head == name {
                self.reference(name, &span, Spelling::Placeholder);
            } else {
                self.resource(head, &span, Spelling::Placeholder);
            }
        }
    }

    fn bad_placeholder(&mut self, written: &str, span: &Span) {
        let message =
            format!("`{written}` names nothing that `Fn::Sub` could put there, and CloudFormation refuses such names");
        let help = format!("write `${{!{}` if the text itself should hold this", written.trim_start_matches("${"));
        self.found.push(Diagnostic::new(&BAD_PLACEHOLDER, span, message).help(help));
    }

    /// A resource, a parameter or a pseudo parameter.
    fn reference(&mut self, name: &str, span: &Span, spelling: Spelling) {
        // SAM knows `Ref: Function.Version`.
        let head = if self.is_serverless { name.split('.').next().unwrap_or(name) } else { name };
        if name.starts_with("AWS::") {
            if !PSEUDO_PARAMETERS.contains(&name) {
                let message = format!("there is no pseudo parameter `{name}`, so CloudFormation refuses the template");
                let help = match nearest(name, PSEUDO_PARAMETERS.iter().copied()) {
                    Some(near) => format!("write `{near}`"),
                    None => format!("write one of {}", list(PSEUDO_PARAMETERS.iter().copied())),
                };
                self.found.push(Diagnostic::new(&DANGLING_REFERENCE, span, message).help(help));
            }
        } else if self.names.resources.contains(head) {
            self.not_in_condition(head, span);
        } else if !self.names.parameters.contains(name) {
            let what = match name {
                _ if self.names.conditions.contains(name) => "a condition, and neither a resource nor a parameter",
                _ if self.names.mappings.contains(name) => "a mapping, and neither a resource nor a parameter",
                _ => "neither a resource nor a parameter of the template",
            };
            let candidates = self.names.parameters.iter().chain(&self.names.resources).cloned().collect();
            self.dangling(name, span, spelling, what, candidates);
        }
    }

    fn resource(&mut self, id: &str, span: &Span, spelling: Spelling) {
        if self.names.resources.contains(id) {
            self.not_in_condition(id, span);
        } else {
            let what = match self.names.parameters.contains(id) {
                true => "a parameter and no resource",
                false => "no resource of the template",
            };
            self.dangling(id, span, spelling, what, self.names.resources.iter().cloned().collect());
        }
    }

    fn not_in_condition(&mut self, id: &str, span: &Span) {
        if self.is_condition {
            let message = format!(
                "conditions and rules are decided before there are resources, so CloudFormation refuses `{id}` here"
            );
            let help = "compare parameters, mappings or pseudo parameters";
            self.found.push(Diagnostic::new(&REFERENCE_IN_CONDITION, span, message).help(help));
        }
    }

    fn condition(&mut self, name: &str, span: &Span) {
        if !self.names.conditions.contains(name) {
            let what = match self.names.parameters.contains(name) {
                true => "a parameter and no condition",
                false => "no condition of the template",
            };
            self.missing(&DANGLING_REFERENCE, name, span, what, self.names.conditions.iter().cloned().collect(), None);
        }
    }

    fn mapping(&mut self, parts: &[Value]) {
        let [map, top, second, default @ ..] = parts else { return };
        let ValueKind::Text(name) = &map.kind else { return };
        if !self.names.mappings.contains(name) {
            let candidates = self.names.mappings.iter().cloned().collect();
            return self.missing(
                &DANGLING_REFERENCE,
                name,
                &map.origin.span,
                "no mapping of the template",
                candidates,
                None,
            );
        }
        let Some(mapping) = self.stack.mappings.get(name).filter(|_| default.is_empty()) else { return };
        let ValueKind::Map(rows) = &mapping.kind else { return };
        let is_computed = |entries: &[(String, Value)]| entries.iter().any(|(key, _)| key.starts_with("Fn::"));
        if is_computed(rows) {
            return;
        }
        let rows: Vec<_> = match text_of(top) {
            Some(key) => match rows.iter().find(|(name, _)| *name == key) {
                Some(row) => vec![row],
                None => {
                    let what = format!("no key of the mapping `{name}`");
                    let candidates = rows.iter().map(|(name, _)| name.clone()).collect();
                    return self.missing(&DANGLING_REFERENCE, &key, &top.origin.span, &what, candidates, None);
                }
            },
            None => rows.iter().collect(),
        };
        let Some(key) = text_of(second) else { return };
        let columns: Option<Vec<_>> = rows
            .iter()
            .map(|(_, row)| match &row.kind {
                ValueKind::Map(entries) if !is_computed(entries) => Some(entries),
                _ => None,
            })
            .collect();
        let Some(columns) = columns else { return };
        let there: BTreeSet<&String> = columns.into_iter().flatten().map(|(name, _)| name).collect();
        if !there.contains(&key) {
            let what = format!("no second key of the mapping `{name}`");
            let candidates = there.into_iter().cloned().collect();
            self.missing(&DANGLING_REFERENCE, &key, &second.origin.span, &what, candidates, None);
        }
    }

    /// A resource or parameter that is not written; SAM and modules may add some.
    fn dangling(&mut self, name: &str, span: &Span, spelling: Spelling, what: &str, candidates: Vec<String>) {
        let begins = |id: &str| name.starts_with(id) && name != id;
        if self.modules.iter().any(|id| begins(id)) {
            return;
        }
        let mut rule = &DANGLING_REFERENCE;
        if self.is_serverless {
            rule = &DOUBTFUL_REFERENCE;
            if SERVERLESS_IDS.iter().any(|id| name.starts_with(id)) || self.names.resources.iter().any(|id| begins(id))
            {
                return;
            }
        }
        let as_text = (spelling == Spelling::Placeholder).then(|| format!("${{!{name}}}"));
        self.missing(rule, name, span, what, candidates, as_text);
    }

    fn missing(
        &mut self,
        rule: &'static Rule,
        name: &str,
        span: &Span,
        what: &str,
        candidates: Vec<String>,
        as_text: Option<String>,
    ) {
        if self.is_open {
            return;
        }
        let consequence = match rule.name == DOUBTFUL_REFERENCE.name {
            true => "and nothing that SAM makes of one",
            false => "so CloudFormation refuses the template",
        };
        let message = format!("`{name}` is {what}, {consequence}");
        let help = match (nearest(name, candidates.iter().map(String::as_str)), as_text) {
            (Some(near), _) => format!("write `{near}`"),
            (None, Some(text)) => format!("write `{text}` if the text itself should hold this, or add what it names"),
            (None, None) => "add what it names to the template, or remove the reference".to_owned(),
        };
        self.found.push(Diagnostic::new(rule, span, message).help(help));
    }
}

/// The text of a key of a mapping.
fn text_of(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Text(text) => Some(text.clone()),
        ValueKind::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
