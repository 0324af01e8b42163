use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::references::created_before;
use crate::analysis::value::{items, look, target};
use crate::desired::Stack;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/policy-comes-late", level: Level::Warning, page: include_str!("policy_comes_late.md") },
    effect: Effect::Deployment,
    check,
};

/// What uses its role while it is created, and where the role stands.
///
/// Source: experience with the creation of these resources (unverified), hence a warning.
const EAGER: &[(&str, &str)] = &[
    ("AWS::KinesisAnalyticsV2::Application", "/ServiceExecutionRole"),
    ("AWS::KinesisFirehose::DeliveryStream", "/ExtendedS3DestinationConfiguration/RoleARN"),
    ("AWS::KinesisFirehose::DeliveryStream", "/KinesisStreamSourceConfiguration/RoleARN"),
    ("AWS::StepFunctions::StateMachine", "/RoleArn"),
    ("AWS::CodePipeline::Pipeline", "/RoleArn"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let mut told = BTreeSet::new();
        for (resource_type, pointer) in EAGER {
            for (id, resource) in stack.resources.iter().filter(|(_, it)| it.resource_type == *resource_type) {
                let Some(value) = look(&resource.properties, pointer).found() else { continue };
                let Some(role) = target(value) else { continue };
                if has_rights_of_its_own(stack, role) {
                    continue;
                }
                let before = created_before(stack, id);
                let late = stack.resources.iter().find(|(policy, it)| {
                    it.resource_type == "AWS::IAM::Policy"
                        && !before.contains(policy.as_str())
                        && look(&it.properties, "/Roles")
                            .found()
                            .is_some_and(|roles| items(roles).into_iter().any(|item| target(item) == Some(role)))
                });
                // A resource may take its role at several places.
                if let Some((policy, it)) = late.filter(|(policy, _)| told.insert((id, *policy))) {
                    let message = format!(
                        "`{id}` may be created before `{policy}` gives `{role}` its rights, and then its creation fails"
                    );
                    findings.push(
                        Diagnostic::new(&LINT.rule, &value.origin.span, message)
                            .related(&it.origin.span, "the rights, in a resource of their own")
                            .help(format!(
                                "add `DependsOn: {policy}` to `{id}`, or put the statements into `Policies` of the role"
                            )),
                    );
                }
            }
        }
    }
}

/// Whether the role has rights as soon as it is there, or is not in this template.
fn has_rights_of_its_own(stack: &Stack, role: &str) -> bool {
    stack.resources.get(role).is_none_or(|role| {
        ["/Policies", "/ManagedPolicyArns"].iter().any(|pointer| !look(&role.properties, pointer).is_absent())
    })
}
