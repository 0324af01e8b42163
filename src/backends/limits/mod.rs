//! How much room is left: what is generated, measured against what AWS takes.

use crate::artifact::yaml;
use crate::backends::cloudformation;
use crate::desired::{Desired, Intrinsic, Resource, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::limits::{Limit, limit};
use crate::source::Span;

pub static NEAR: Rule = Rule { name: "limits/near", level: Level::Warning, page: include_str!("near.md") };
pub static EXCEEDED: Rule = Rule { name: "limits/exceeded", level: Level::Error, page: include_str!("exceeded.md") };
pub static RULES: &[&Rule] = &[&NEAR, &EXCEEDED];

/// From which share on, in percent, there is a warning.
const NEAR_PERCENT: usize = 80;

/// One thing measured against one limit.
#[derive(Clone, Debug)]
pub struct Figure {
    /// `the template application.template.yaml`, `the role AlertFunctionRole`
    pub of: String,
    pub limit: Limit,
    pub used: usize,
    /// What belongs to it in the document.
    pub span: Span,
    help: &'static str,
}

impl Figure {
    /// How much of the limit is used, in percent.
    pub fn percent(&self) -> usize {
        self.used * 100 / self.limit.most
    }
}

const DIVIDE: &str = "divide the document into two systems, e.g. by a module that becomes a document of its own";
const SPLIT: &str = "write `stacks: by-life-cycle`, which puts what is kept into a stack of its own, or divide the document \
                     into two systems, e.g. by a module that becomes a document of its own";
const SHORTEN: &str = "shorten it";
const FEWER_STEPS: &str = "divide the pipeline into two, of which the second begins where the first ends";
const FILE: &str = "shorten it, or keep it in a file of the artifact or a parameter of Systems Manager";
const FEWER_LINKS: &str = "divide the thing into several that each do a part, so that each role allows less, or name fewer things under its verbs";

/// Everything that is measured.
pub fn figures(desired: &Desired) -> Vec<Figure> {
    desired
        .stacks
        .iter()
        .flat_map(|stack| {
            let of_resources = stack.resources.iter().flat_map(move |(id, resource)| of_resource(stack, id, resource));
            of_template(stack).into_iter().chain(of_resources)
        })
        .collect()
}

/// What is refused, and what soon will be.
pub fn check(desired: &Desired) -> Vec<Diagnostic> {
    let measured = figures(desired).into_iter().filter(|figure| !figure.limit.passable);
    let close = measured.filter(|figure| figure.percent() >= NEAR_PERCENT);
    close.map(|figure| diagnostic(&figure)).collect()
}

fn diagnostic(figure: &Figure) -> Diagnostic {
    let Figure { of, limit, used, .. } = figure;
    let (rule, label) = if *used > limit.most { (&EXCEEDED, "too much") } else { (&NEAR, "little room is left") };
    let message = format!("{of} has {used} {}, and AWS takes {} ({} %)", limit.what, limit.most, figure.percent());
    Diagnostic::new(rule, &figure.span, message).label(label).help(figure.help)
}

fn of_template(stack: &Stack) -> Vec<Figure> {
    let deployed = stack.deployments.first().map(|deployment| &deployment.origin.span);
    let Some(span) = deployed.or_else(|| stack.resources.values().next().map(|first| &first.origin.span)) else {
        return Vec::new();
    };
    let bytes = yaml::print(&cloudformation::template(stack), None).text.len();
    let help = if stack.role == "application" && !reads_other_stack(stack) { SPLIT } else { DIVIDE };
    let of = format!("the template {}", cloudformation::template_path(stack));
    [
        ("template-bytes", bytes, help),
        ("template-bytes-in-a-call", bytes, help),
        ("resources", stack.resources.len(), help),
        ("parameters", stack.parameters.len(), help),
        ("outputs", stack.outputs.len(), help),
        ("mappings", stack.mappings.len(), help),
        ("description", stack.description.len(), "shorten `description`"),
    ]
    .into_iter()
    .map(|(name, used, help)| Figure { of: of.clone(), limit: limit(name), used, span: span.clone(), help })
    .collect()
}

/// The stack of what changes beside one of what is kept.
fn reads_other_stack(stack: &Stack) -> bool {
    stack.parameters.iter().any(|(name, it)| name.starts_with("Data") && it.parameter_type.starts_with("AWS::SSM::"))
}

fn of_resource(stack: &Stack, id: &str, resource: &Resource) -> Vec<Figure> {
    match resource.resource_type.as_str() {
        "AWS::CodePipeline::Pipeline" => of_pipeline(id, resource),
        "AWS::IAM::Role" => of_role(stack, id, resource),
        "AWS::IAM::ManagedPolicy" => {
            let length = resource.properties.get("PolicyDocument").map_or(0, Value::deployed_length);
            vec![figure(format!("the managed policy {id}"), "managed-policy", length, resource, FEWER_LINKS)]
        }
        _ => Vec::new(),
    }
}

fn of_pipeline(id: &str, resource: &Resource) -> Vec<Figure> {
    let stages = items(resource.properties.get("Stages"));
    let actions: Vec<&[Value]> = stages.iter().map(|stage| items(stage.get("Actions"))).collect();
    let most = actions.iter().map(|actions| actions.len()).max().unwrap_or(0);
    let all = actions.iter().map(|actions| actions.len()).sum();
    let of = format!("the pipeline {id}");
    let mut figures = vec![
        figure(of.clone(), "stages", stages.len(), resource, FEWER_STEPS),
        figure(of.clone(), "stage-actions", most, resource, FEWER_STEPS),
        figure(of.clone(), "pipeline-actions", all, resource, FEWER_STEPS),
    ];
    let configurations = actions.into_iter().flatten().filter_map(|action| action.get("Configuration"));
    let longest = configurations.flat_map(entries).max_by_key(|value| text_length(value));
    // What is longer than the limit is told already, by `pipeline/configuration-length`.
    figures.extend(longest.filter(|value| text_length(value) <= limit("configuration").most).map(|value| Figure {
        span: value.origin.span.clone(),
        ..figure(of, "configuration", text_length(value), resource, FILE)
    }));
    figures
}

fn of_role(stack: &Stack, id: &str, resource: &Resource) -> Vec<Figure> {
    let properties = &resource.properties;
    let own = items(properties.get("Policies")).iter().filter_map(|policy| policy.get("PolicyDocument"));
    let beside = stack.resources.values().filter(|other| {
        let roles = items(other.properties.get("Roles"));
        other.resource_type == "AWS::IAM::Policy" && roles.iter().any(|role| is_reference(role, id))
    });
    let documents = own.chain(beside.filter_map(|policy| policy.properties.get("PolicyDocument")));
    let inline = documents.map(Value::deployed_length).sum();
    let trust = properties.get("AssumeRolePolicyDocument").map_or(0, Value::deployed_length);
    let attached = items(properties.get("ManagedPolicyArns")).len();
    let of = format!("the role {id}");
    vec![
        figure(of.clone(), "inline-policies", inline, resource, FEWER_LINKS),
        figure(of.clone(), "trust-policy", trust, resource, SHORTEN),
        figure(of, "attached-policies", attached, resource, FEWER_LINKS),
    ]
}

fn figure(of: String, name: &str, used: usize, resource: &Resource, help: &'static str) -> Figure {
    Figure { of, limit: limit(name), used, span: resource.origin.span.clone(), help }
}

fn items(value: Option<&Value>) -> &[Value] {
    match value.map(|value| &value.kind) {
        Some(ValueKind::List(items)) => items,
        _ => &[],
    }
}

fn entries(value: &Value) -> impl Iterator<Item = &Value> {
    let entries: &[(String, Value)] = match &value.kind {
        ValueKind::Map(entries) => entries,
        _ => &[],
    };
    entries.iter().map(|(_, value)| value)
}

/// Characters of a text after deployment.
fn text_length(value: &Value) -> usize {
    value.deployed_length().saturating_sub(2)
}

fn is_reference(value: &Value, id: &str) -> bool {
    matches!(&value.kind, ValueKind::Intrinsic(Intrinsic::Ref(name)) if name == id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desired::generate::origin;

    fn stack(resource_type: &str, properties: serde_json::Value) -> Desired {
        let resource = Resource::new(resource_type, "functions.a", Value::from_json(properties, &origin()), origin());
        let resources = [("A".to_owned(), resource)].into_iter().collect();
        Desired {
            stacks: vec![Stack { role: "application".into(), resources, ..Stack::default() }],
            ..Desired::default()
        }
    }

    fn role(length: usize) -> Desired {
        let document = json!({ "Statement": "x".repeat(length) });
        stack("AWS::IAM::Role", json!({ "Policies": [{ "PolicyName": "a", "PolicyDocument": document }] }))
    }

    #[test]
    fn a_role_is_measured_without_white_space() {
        let used = |desired: &Desired| {
            let figures = figures(desired);
            figures.iter().find(|figure| figure.limit == limit("inline-policies")).map(|figure| figure.used)
        };
        assert_eq!(used(&role(100)), Some(100 + r#"{"Statement":""}"#.len()));
        assert_eq!(used(&stack("AWS::IAM::Role", json!({}))), Some(0));
    }

    #[test]
    fn four_fifths_warn_and_more_than_all_is_refused() {
        let rules = |length: usize| check(&role(length)).iter().map(|it| it.rule.name).collect::<Vec<_>>();
        assert!(rules(8_000).is_empty());
        assert_eq!(rules(8_200), ["limits/near"]);
        assert_eq!(rules(10_300), ["limits/exceeded"]);
    }

    #[test]
    fn a_pipeline_is_measured_by_its_fullest_stage() {
        let action = json!({ "Configuration": { "Text": "x".repeat(900) } });
        let stages = json!({ "Stages": [{ "Actions": [action] }, { "Actions": [{}, {}, {}] }] });
        let desired = stack("AWS::CodePipeline::Pipeline", stages);
        let figures = figures(&desired);
        let used = |name: &str| figures.iter().find(|figure| figure.limit == limit(name)).map(|figure| figure.used);
        assert_eq!(used("stage-actions"), Some(3));
        assert_eq!(used("pipeline-actions"), Some(4));
        assert_eq!(used("configuration"), Some(900));
        assert!(figures.iter().all(|figure| !figure.limit.what.is_empty()));
        assert_eq!(check(&desired).iter().map(|it| it.rule.name).collect::<Vec<_>>(), ["limits/near"]);
    }
}
