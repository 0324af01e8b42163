//! Stacks by life cycle: what is kept in one, what changes with the code in another.
//!
//! References go from what changes to what is kept, and never back, so the stack of what is kept can always be deployed
//! first. They are no exports, because CloudFormation refuses to change an export as long as it is imported: values that
//! follow from a name are written out, and others pass through parameters of Systems Manager, which lock nothing. Names
//! are those of a single stack: that of what is kept calls its resources after the environment's stack, not after itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Model, logical_id, pascal, rules};
use crate::desired::{Deployment, Intrinsic, Origin, Parameter, Resource, Stack, Value, ValueKind};
use crate::diagnostic::Diagnostic;
use crate::facts::layers;
use crate::source::Span;

/// The role of the stack of what is kept, and the end of its name.
pub const DATA: &str = "data";

const STACK_NAME: &str = "AWS::StackName";
const READ_HERE: &str = "another stack reads this value";

/// The names that anything in a stack refers to.
pub(super) fn used_names(stack: &Stack) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let attributes = stack.resources.values().flat_map(|resource| resource.attributes.iter().map(|(_, value)| value));
    let properties = stack.resources.values().map(|resource| &resource.properties);
    let outputs = stack.outputs.values().map(|output| &output.value);
    for value in properties.chain(attributes).chain(stack.conditions.values()).chain(outputs) {
        value.references(&mut |name| {
            used.insert(name.to_owned());
        });
    }
    used
}

/// The stack of what is kept and that of what changes, in the order of their deployment.
pub(super) fn split(
    model: &Model,
    application: Stack,
    environment: Parameter,
    report: &mut Vec<Diagnostic>,
) -> [Stack; 2] {
    refuse_equal_names(model, report);
    let kept = kept(&application, report);
    let own_name = format!("{}-${{Environment}}", model.name.value);
    let mut given = Given { application: &application, kept: &kept, read: BTreeMap::new() };
    let mut data = Stack { role: DATA.into(), uploads: Vec::new(), ..application.clone() };
    let mut rest = application.clone();
    data.description = application.description.replace("streams, functions and applications", "what is kept");
    data.resources.retain(|id, _| kept.contains(id));
    data.outputs.retain(|_, output| is_only_of(&output.value, &application, &kept));
    rest.resources.retain(|id, _| !kept.contains(id));
    rest.outputs.retain(|name, _| !data.outputs.contains_key(name));
    for value in values(&mut rest) {
        replace(value, &mut |value| given.replace(value));
    }
    for resource in rest.resources.values_mut() {
        resource.depends_on.retain(|id| !kept.contains(id));
    }
    let read = given.read;
    for (name, (id, attribute)) in &read {
        let Some(resource) = application.resources.get(id) else { continue };
        data.resources.insert(format!("{id}{}", parameter_suffix(attribute)), written(model, id, attribute, resource));
        rest.parameters.insert(name.clone(), parameter(id, attribute, resource));
    }
    for value in values(&mut data) {
        replace(value, &mut |value| name_after_environment(value, &own_name));
    }
    data.parameters.insert("Environment".to_owned(), environment);
    for deployment in &mut rest.deployments {
        let name = deployment.environment.clone();
        deployment.parameters.extend(read.iter().filter_map(|(parameter, (id, attribute))| {
            let origin = read_origin(application.resources.get(id)?);
            Some((parameter.clone(), Value::text(path(model, &name, id, attribute), &origin)))
        }));
    }
    for deployment in &mut data.deployments {
        deployment.stack_name = format!("{}-{DATA}", deployment.stack_name);
        if deployment.parameters.iter().all(|(name, _)| name != "Environment") {
            let value = Value::text(&*deployment.environment, &deployment.origin);
            deployment.parameters.push(("Environment".to_owned(), value));
        }
    }
    for stack in [&mut data, &mut rest] {
        drop_unused(stack);
    }
    [data, rest]
}

/// An environment may be named like the stack of what another keeps.
fn refuse_equal_names(model: &Model, report: &mut Vec<Diagnostic>) {
    for (other, _) in &model.environments {
        let data = format!("{}-{DATA}", other.value);
        let Some((environment, _)) = model.environment(&data) else { continue };
        let message =
            format!("the environment `{data}` and what `{}` keeps would have stacks of the same name", other.value);
        report.push(
            Diagnostic::new(&rules::NAME_CLASH, &environment.span, message)
                .label("this name")
                .related(&other.span, "what this environment keeps is in a stack with that name")
                .help("rename one of the environments, or write `stacks: one`"),
        );
    }
}

/// The resources that are kept, all that they need, and their settings.
fn kept(stack: &Stack, report: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let is_kept = |id: &str, resource: &Resource| {
        let own = resource.thing.split_once('.').is_some_and(|(section, name)| logical_id(section, name, "") == id);
        resource.condition.is_none() && layers::is_kept(&resource.resource_type, own)
    };
    let mut kept: BTreeSet<String> =
        stack.resources.iter().filter(|(id, resource)| is_kept(id, resource)).map(|(id, _)| id.clone()).collect();
    let mut waiting: Vec<(String, String)> = kept.iter().map(|id| (id.clone(), id.clone())).collect();
    let mut told = BTreeSet::new();
    while let Some((id, keeper)) = waiting.pop() {
        let (Some(resource), Some(keeping)) = (stack.resources.get(&id), stack.resources.get(&keeper)) else {
            continue;
        };
        for need in needs(resource, stack) {
            let needed = &stack.resources[&need];
            if !layers::is_changing(&needed.resource_type) {
                if kept.insert(need.clone()) {
                    waiting.push((need, keeper.clone()));
                }
            } else if told.insert((keeping.thing.clone(), needed.thing.clone())) {
                let span = origin_of(keeping, &need).unwrap_or(&resource.origin.span);
                report.push(entangled(keeping, needed, span));
            }
        }
    }
    add_settings(stack, &mut kept);
    kept
}

/// Adds what only sets something of what is kept, until nothing more does.
fn add_settings(stack: &Stack, kept: &mut BTreeSet<String>) {
    loop {
        let settings = stack.resources.iter().filter(|(id, resource)| {
            let needs = needs(resource, stack);
            let is_setting = layers::is_following(&resource.resource_type) && !kept.contains(*id);
            is_setting && !needs.is_empty() && needs.is_subset(kept)
        });
        let settings: Vec<String> = settings.map(|(id, _)| id.clone()).collect();
        if settings.is_empty() {
            return;
        }
        kept.extend(settings);
    }
}

/// The resources that another needs.
fn needs(resource: &Resource, stack: &Stack) -> BTreeSet<String> {
    let mut needs: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
    resource.properties.references(&mut |name| {
        needs.insert(name.to_owned());
    });
    needs.retain(|name| stack.resources.contains_key(name));
    needs
}

fn entangled(kept: &Resource, needed: &Resource, span: &Span) -> Diagnostic {
    let message = format!(
        "`{}` is kept in a stack of its own and needs `{}`, which changes with the code and is deployed after it",
        kept.thing, needed.thing
    );
    Diagnostic::new(&rules::KEPT_NEEDS_CHANGING, span, message)
        .label("needs the stack that is deployed later")
        .related(&kept.origin.span, "this is deployed first")
        .help(format!(
            "put something between the two that needs both, e.g. an entry of `events` from `{}` to `{}`, or write \
             `stacks: one`",
            kept.thing, needed.thing
        ))
}

/// Where a resource was told to use another.
fn origin_of<'a>(resource: &'a Resource, needed: &str) -> Option<&'a Span> {
    let mut found = None;
    resource.properties.each(&mut |value| {
        if let ValueKind::Intrinsic(_) = value.kind {
            value.references(&mut |name| {
                if name == needed {
                    found = Some(&value.origin.span);
                }
            });
        }
    });
    found
}

fn is_only_of(value: &Value, application: &Stack, kept: &BTreeSet<String>) -> bool {
    let (mut some, mut all) = (false, true);
    value.references(&mut |name| {
        if application.resources.contains_key(name) {
            some = true;
            all &= kept.contains(name);
        }
    });
    some && all
}

/// What the stack of what changes is given by the other.
struct Given<'a> {
    application: &'a Stack,
    kept: &'a BTreeSet<String>,
    /// What passes through Systems Manager: the parameter of the template, and whose attribute it is.
    read: BTreeMap<String, (String, String)>,
}

impl Given<'_> {
    fn replace(&mut self, value: &mut Value) {
        let origin = value.origin.clone();
        let ValueKind::Intrinsic(intrinsic) = &mut value.kind else { return };
        let text = match intrinsic {
            Intrinsic::Ref(id) if self.kept.contains(id) => self.text(&id.clone(), "Ref"),
            Intrinsic::GetAtt(id, attribute) if self.kept.contains(id) => self.text(&id.clone(), &attribute.clone()),
            Intrinsic::Sub(text, names) => {
                *text = self.substitute(text, names);
                return;
            }
            _ => return,
        };
        let key = value.key.take();
        let parameter = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        *value = match parameter.filter(|name| !name.contains(['$', '{'])) {
            Some(name) => Value::reference(name, &origin),
            None => Value::sub(text, &origin),
        };
        value.key = key;
    }

    /// The text of `Fn::Sub` for a value of something that is kept.
    fn text(&mut self, id: &str, attribute: &str) -> String {
        let Some(resource) = self.application.resources.get(id) else { return format!("${{{id}}}") };
        let derived = layers::by_name(&resource.resource_type, attribute)
            .and_then(|(pointer, made)| Some(made.replace("{name}", &self.name(resource.properties.at(pointer)?)?)));
        derived.unwrap_or_else(|| {
            let mut name = format!("Data{id}{}", attribute_suffix(attribute));
            if self.application.parameters.contains_key(&name) {
                name.push_str("Given");
            }
            self.read.insert(name.clone(), (id.to_owned(), attribute.to_owned()));
            format!("${{{name}}}")
        })
    }

    /// A name as a text of `Fn::Sub`, when it can stand in another.
    fn name(&self, name: &Value) -> Option<String> {
        let text = match &name.kind {
            ValueKind::Text(text) if !text.contains("${") => text.clone(),
            ValueKind::Intrinsic(Intrinsic::Ref(parameter)) => format!("${{{parameter}}}"),
            ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => text.clone(),
            _ => return None,
        };
        let mut of_resources = false;
        name.references(&mut |name| of_resources |= self.application.resources.contains_key(name));
        (!of_resources).then_some(text)
    }

    fn substitute(&mut self, text: &str, names: &[(String, Value)]) -> String {
        let mut pieces = text.split("${");
        let mut result = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let given = piece.split_once('}').and_then(|(inside, after)| {
                let (id, attribute) = inside.split_once('.').unwrap_or((inside, "Ref"));
                let ours = self.kept.contains(id) && names.iter().all(|(name, _)| name != id);
                ours.then(|| self.text(id, attribute) + after)
            });
            match given {
                Some(given) => result.push_str(&given),
                None => result.push_str(&format!("${{{piece}")),
            }
        }
        result
    }
}

/// Every value of a stack that may refer to something.
fn values(stack: &mut Stack) -> impl Iterator<Item = &mut Value> {
    let resources = stack.resources.values_mut().flat_map(|resource| {
        let attributes = resource.attributes.iter_mut().map(|(_, value)| value);
        std::iter::once(&mut resource.properties).chain(attributes)
    });
    resources.chain(stack.outputs.values_mut().map(|output| &mut output.value)).chain(stack.conditions.values_mut())
}

fn replace(value: &mut Value, by: &mut dyn FnMut(&mut Value)) {
    match &mut value.kind {
        ValueKind::List(items) => items.iter_mut().for_each(|item| replace(item, by)),
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| replace(value, by)),
        ValueKind::Intrinsic(Intrinsic::Call(_, argument)) => replace(argument, by),
        ValueKind::Intrinsic(Intrinsic::Sub(_, names)) => names.iter_mut().for_each(|(_, value)| replace(value, by)),
        _ => {}
    }
    by(value);
}

/// What is kept is named as if there were one stack, so that its names do not depend on how stacks are split.
fn name_after_environment(value: &mut Value, own_name: &str) {
    let ValueKind::Intrinsic(intrinsic) = &mut value.kind else { return };
    match intrinsic {
        Intrinsic::Sub(text, _) => *text = text.replace(&format!("${{{STACK_NAME}}}"), own_name),
        Intrinsic::Ref(name) if name == STACK_NAME => *intrinsic = Intrinsic::Sub(own_name.to_owned(), Vec::new()),
        _ => {}
    }
}

/// The parameter of Systems Manager that passes a value on.
fn written(model: &Model, id: &str, attribute: &str, resource: &Resource) -> Resource {
    let origin = read_origin(resource);
    let value = match attribute {
        "Ref" => Value::reference(id, &origin),
        _ => Value::get_att(id, attribute, &origin),
    };
    let properties = Value::from_json(json!({ "Type": "String" }), &origin)
        .with("Name", Value::sub(path(model, "${Environment}", id, attribute), &origin))
        .with("Description", Value::text(described(id, attribute), &origin))
        .with("Value", value);
    Resource::new("AWS::SSM::Parameter", resource.thing.clone(), properties, origin)
}

fn parameter(id: &str, attribute: &str, resource: &Resource) -> Parameter {
    Parameter {
        parameter_type: "AWS::SSM::Parameter::Value<String>".to_owned(),
        description: described(id, attribute),
        default: None,
        constraints: Vec::new(),
        origin: read_origin(resource),
    }
}

fn described(id: &str, attribute: &str) -> String {
    match attribute {
        "Ref" => format!("The identity of {id}"),
        _ => format!("{attribute} of {id}"),
    }
}

fn path(model: &Model, environment: &str, id: &str, attribute: &str) -> String {
    format!("/{}/{environment}/{DATA}/{id}/{attribute}", model.name.value)
}

fn attribute_suffix(attribute: &str) -> String {
    if attribute == "Ref" { String::new() } else { pascal(&attribute.replace('.', "-")) }
}

fn parameter_suffix(attribute: &str) -> String {
    format!("{}Given", attribute_suffix(attribute))
}

fn read_origin(resource: &Resource) -> Origin {
    Origin::derived(&resource.origin.span, READ_HERE)
}

fn drop_unused(stack: &mut Stack) {
    let asked: BTreeSet<String> = stack.conditions.keys().filter(|name| is_asked(stack, name)).cloned().collect();
    stack.conditions.retain(|name, _| asked.contains(name));
    let used = used_names(stack);
    stack.parameters.retain(|name, _| used.contains(name));
    let parameters = &stack.parameters;
    let known = |deployment: &mut Deployment| deployment.parameters.retain(|(name, _)| parameters.contains_key(name));
    stack.deployments.iter_mut().for_each(known);
}

/// Whether anything in a stack depends on a condition.
fn is_asked(stack: &Stack, name: &str) -> bool {
    let resources = stack.resources.values().map(|resource| (&resource.condition, &resource.properties));
    let outputs = stack.outputs.values().map(|output| (&output.condition, &output.value));
    let choice = format!("{{\"Fn::If\":[\"{name}\",");
    let among = format!("{{\"Condition\":\"{name}\"}}");
    let mut asking = resources.chain(outputs);
    asking.any(|(of, value)| of.as_deref() == Some(name) || value.to_json().to_string().contains(&choice))
        || stack.conditions.values().any(|other| other.to_json().to_string().contains(&among))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::generate::origin;

    fn resource(resource_type: &str, thing: &str, properties: serde_json::Value) -> Resource {
        Resource::new(resource_type, thing.to_owned(), Value::from_json(properties, &origin()), origin())
    }

    fn stack(resources: Vec<(&str, Resource)>) -> Stack {
        let resources = resources.into_iter().map(|(id, resource)| (id.to_owned(), resource)).collect();
        Stack { role: "application".into(), resources, ..Stack::default() }
    }

    #[test]
    fn what_is_kept_brings_what_it_needs_and_its_settings() {
        let role = resource("AWS::IAM::Role", "warehouses.a", json!({}));
        let warehouse =
            resource("AWS::Redshift::Cluster", "warehouses.a", json!({ "IamRoles": [{ "Fn::GetAtt": ["R", "Arn"] }] }));
        let bucket = resource("AWS::S3::Bucket", "buckets.a", json!({ "BucketName": "a" }));
        let policy = resource("AWS::S3::BucketPolicy", "buckets.a", json!({ "Bucket": { "Ref": "B" } }));
        let function = resource("AWS::Lambda::Function", "functions.a", json!({ "Role": { "Ref": "F" } }));
        let other = resource("AWS::IAM::Role", "functions.a", json!({ "RoleName": { "Ref": "B" } }));
        let all = [("R", role), ("W", warehouse), ("B", bucket), ("P", policy), ("L", function), ("F", other)];
        let mut report = Vec::new();
        let kept = kept(&stack(all.into()), &mut report);
        assert_eq!(kept.iter().map(String::as_str).collect::<String>(), "BPRW");
        assert!(report.is_empty());
    }

    #[test]
    fn what_is_kept_needs_nothing_that_changes() {
        let call = json!({ "N": [{ "Function": { "Fn::GetAtt": ["L", "Arn"] } }] });
        let bucket = resource("AWS::S3::Bucket", "buckets.a", call);
        let function = resource("AWS::Lambda::Function", "functions.a", json!({}));
        let mut report = Vec::new();
        let kept = kept(&stack(vec![("B", bucket), ("L", function)]), &mut report);
        assert!(!kept.contains("L"));
        assert_eq!(report.len(), 1);
    }

    #[test]
    fn names_are_written_out_and_other_values_pass_through_parameters() {
        let named = json!({ "Name": { "Fn::Sub": "${AWS::StackName}-a" } });
        let application = stack(vec![
            ("S", resource("AWS::Kinesis::Stream", "streams.a", named)),
            ("K", resource("AWS::KMS::Key", "keys.a", json!({}))),
        ]);
        let kept: BTreeSet<String> = ["S", "K"].map(str::to_owned).into();
        let mut given = Given { application: &application, kept: &kept, read: BTreeMap::new() };
        let mut replaced = |json: serde_json::Value| {
            let mut value = Value::from_json(json, &origin());
            replace(&mut value, &mut |value| given.replace(value));
            value.to_json()
        };
        assert_eq!(replaced(json!({ "Ref": "S" })), json!({ "Fn::Sub": "${AWS::StackName}-a" }));
        assert_eq!(
            replaced(json!({ "Fn::Sub": "${S.Arn}/x ${!S} ${Other}" })),
            json!({ "Fn::Sub":
                "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${AWS::StackName}-a/x ${!S} ${Other}"
            })
        );
        assert_eq!(replaced(json!({ "Fn::GetAtt": ["K", "Arn"] })), json!({ "Ref": "DataKArn" }));
        assert_eq!(
            replaced(json!({ "Fn::Join": ["-", [{ "Ref": "K" }]] })),
            json!({ "Fn::Join": ["-", [{ "Ref": "DataK" }]] })
        );
        assert_eq!(given.read.len(), 2);
    }
}
