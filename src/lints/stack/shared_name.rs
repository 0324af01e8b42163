use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::value::look;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::schema;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/shared-name", level: Level::Error, page: include_str!("shared_name.md") },
    effect: Effect::Deployment,
    check,
};

/// Types that AWS identifies by an ARN or URL, and the name that two of them cannot share.
///
/// Source: API references of the services, the errors of the operations that create them (read 2026-04).
const NAMES: &[(&str, &str)] = &[
    ("AWS::IAM::ManagedPolicy", "/ManagedPolicyName"),
    ("AWS::MSK::Cluster", "/ClusterName"),
    ("AWS::SNS::Topic", "/TopicName"),
    ("AWS::SQS::Queue", "/QueueName"),
    ("AWS::SecretsManager::Secret", "/Name"),
    ("AWS::StepFunctions::StateMachine", "/StateMachineName"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let mut seen: BTreeMap<(&str, String), (&str, &Value)> = BTreeMap::new();
        for (id, resource) in stack.resources.iter().filter(|(_, resource)| resource.condition.is_none()) {
            let parts = identifier(&resource.resource_type);
            let values: Option<Vec<_>> = parts.iter().map(|part| look(&resource.properties, part).found()).collect();
            let Some(values) = values else { continue };
            let Some(first) = values.first() else { continue };
            let name: Vec<String> = values.iter().map(|value| value.to_json().to_string()).collect();
            let name = name.join(" ");
            // What is chosen by a condition may differ.
            if name.contains("Fn::If") {
                continue;
            }
            let Some((other, taken)) = seen.get(&(resource.resource_type.as_str(), name.clone())) else {
                seen.insert((&resource.resource_type, name), (id, first));
                continue;
            };
            let message = format!(
                "`{id}` and `{other}` are one and the same {}: they have the same name, so the second cannot be created",
                resource.resource_type
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &first.origin.span, message)
                    .label("used before")
                    .related(&taken.origin.span, "first used here")
                    .help("give it another name, or leave the name out so that CloudFormation makes one"),
            );
        }
    }
}

/// The properties that no two resources of a type have in common; none when AWS gives each a part of its own.
fn identifier(resource_type: &str) -> Vec<&'static str> {
    if let Some((_, name)) = NAMES.iter().find(|(known, _)| *known == resource_type) {
        return vec![name];
    }
    let Some(schema) = schema::get(resource_type) else { return Vec::new() };
    let parts = schema.identifier.iter().map(String::as_str);
    if parts.clone().any(|part| schema.read_only.iter().any(|own| own == part)) { Vec::new() } else { parts.collect() }
}
