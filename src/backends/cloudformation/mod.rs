//! CloudFormation templates, and the configuration files that give their parameters values.

mod order;

#[cfg(test)]
mod tests;

use crate::artifact::{Artifact, json, yaml};
use crate::desired::{Deployment, Desired, Origin, Output, Parameter, Resource, Stack, Value, ValueKind};
use crate::source::{SourceFile, Span};

use order::canonical;

/// One template for each stack, and one configuration file for each place where it is deployed.
pub fn artifacts(desired: &Desired, header: &str) -> Vec<Artifact> {
    let stacks = desired.stacks.iter();
    stacks
        .flat_map(|stack| {
            let template = artifact(stack, template_path(stack), Some(header));
            std::iter::once(template).chain(stack.deployments.iter().map(|it| template_configuration(stack, it)))
        })
        .collect()
}

/// Where a stack's template is written.
pub fn template_path(stack: &Stack) -> String {
    format!("{}.template.yaml", stack.role)
}

/// The document of a stack's template. It depends on what the stack says, not on the order in which it was said:
/// resources, parameters, conditions and outputs stand by name, and property maps as the `order` module tells.
pub fn template(stack: &Stack) -> Value {
    let origin = document_origin(stack);
    let section = |entries: Vec<(String, Value)>| {
        (!entries.is_empty()).then(|| Value::new(ValueKind::Map(by_name(entries)), &origin))
    };
    let parameters = stack.parameters.iter().map(|(name, it)| (name.clone(), parameter(it))).collect();
    let conditions = stack.conditions.iter().map(|(name, it)| (name.clone(), canonical(it))).collect();
    let resources = stack.resources.iter().map(|(id, it)| (id.clone(), resource(it))).collect();
    let outputs = stack.outputs.iter().map(|(name, it)| (name.clone(), output(it))).collect();
    Value::map(&origin)
        .with("AWSTemplateFormatVersion", Value::text("2010-09-09", &origin))
        .with_some("Description", non_empty(&stack.description, &origin))
        .with_some("Parameters", section(parameters))
        .with_some("Conditions", section(conditions))
        .with("Resources", section(resources).unwrap_or_else(|| Value::map(&origin)))
        .with_some("Outputs", section(outputs))
}

/// The template as a YAML file; each line of `header` becomes a comment above it.
pub fn artifact(stack: &Stack, path: impl Into<String>, header: Option<&str>) -> Artifact {
    Artifact::new(path, yaml::print(&template(stack), header))
}

/// The file `environments/<environment>.json`, or `environments/<environment>.data.json` for the stack of what is kept, with the parameters and tags of one deployment, in the format that
/// CodePipeline's CloudFormation action and `aws cloudformation deploy --parameter-overrides file://…` read.
///
/// All values are strings there; a list becomes comma-separated text, as the list types of parameters want it.
pub fn template_configuration(stack: &Stack, deployment: &Deployment) -> Artifact {
    let origin = &deployment.origin;
    let parameters =
        deployment.parameters.iter().map(|(name, value)| (name.clone(), Value::text(spelled(value), &value.origin)));
    let tags = deployment.tags.iter().map(|(key, value)| (key.clone(), Value::text(value, origin)));
    let document = Value::map(origin)
        .with("Parameters", Value::new(ValueKind::Map(by_name(parameters.collect())), origin))
        .with("Tags", Value::new(ValueKind::Map(by_name(tags.collect())), origin));
    let part = if stack.role == "data" { ".data" } else { "" };
    Artifact::new(format!("environments/{}{part}.json", deployment.environment), json::print(&document))
}

/// Nobody writes the sections of a template, so they belong to the first thing that is written at all.
fn document_origin(stack: &Stack) -> Origin {
    let deployments = stack.deployments.iter().map(|it| &it.origin.span);
    let resources = stack.resources.values().map(|it| &it.origin.span);
    let others =
        stack.parameters.values().map(|it| &it.origin.span).chain(stack.outputs.values().map(|it| &it.origin.span));
    let first = deployments.chain(resources).chain(others).min_by_key(|span| span.order());
    let nowhere = || Span::start_of(&SourceFile::new("", ""));
    Origin::derived(&first.cloned().unwrap_or_else(nowhere), "every CloudFormation template has this part")
}

fn parameter(parameter: &Parameter) -> Value {
    let origin = &parameter.origin;
    let constraints = by_name(parameter.constraints.iter().map(|(name, it)| (name.clone(), canonical(it))).collect());
    let declared = Value::map(origin)
        .with("Type", Value::text(&parameter.parameter_type, origin))
        .with_some("Description", non_empty(&parameter.description, origin))
        .with_some("Default", parameter.default.as_ref().map(canonical));
    constraints.into_iter().fold(declared, |declared, (name, value)| declared.with(name, value))
}

fn resource(resource: &Resource) -> Value {
    let origin = &resource.origin;
    let text = |text: &str| Value::text(text, origin);
    let properties = canonical(&resource.properties);
    let has_properties = !matches!(&properties.kind, ValueKind::Map(entries) if entries.is_empty());
    let mut attributes: Vec<_> = resource.attributes.iter().collect();
    attributes.sort_by_key(|(name, _)| name);
    let described = Value::map(origin)
        .with("Type", text(&resource.resource_type))
        .with_some("Condition", resource.condition.as_deref().map(text))
        .with_some("DependsOn", depends_on(&resource.depends_on, origin))
        .with_some("DeletionPolicy", resource.deletion_policy.map(text))
        .with_some("UpdateReplacePolicy", resource.update_replace_policy.map(text));
    let described =
        attributes.into_iter().fold(described, |described, (name, value)| described.with(name, canonical(value)));
    described.with_some("Properties", has_properties.then_some(properties))
}

fn depends_on(logical_ids: &[String], origin: &Origin) -> Option<Value> {
    let mut logical_ids: Vec<&String> = logical_ids.iter().collect();
    logical_ids.sort();
    logical_ids.dedup();
    match logical_ids.as_slice() {
        [] => None,
        [only] => Some(Value::text(*only, origin)),
        several => Some(Value::list(several.iter().map(|id| Value::text(*id, origin)).collect(), origin)),
    }
}

fn output(output: &Output) -> Value {
    let origin = &output.origin;
    Value::map(origin)
        .with_some("Description", non_empty(&output.description, origin))
        .with_some("Condition", output.condition.as_ref().map(|name| Value::text(name, origin)))
        .with("Value", canonical(&output.value))
}

fn non_empty(text: &str, origin: &Origin) -> Option<Value> {
    (!text.is_empty()).then(|| Value::text(text, origin))
}

fn by_name(mut entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}

fn spelled(value: &Value) -> String {
    match &value.kind {
        ValueKind::Text(text) => text.clone(),
        ValueKind::List(items) => items.iter().map(spelled).collect::<Vec<_>>().join(","),
        _ => value.to_json().to_string(),
    }
}
