use crate::analysis::System;
use crate::analysis::references::cycles;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/circular-dependency", level: Level::Error, page: include_str!("circular_dependency.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        for cycle in cycles(stack) {
            let first = cycle.ids.first().copied().unwrap_or_default();
            let way: Vec<String> = cycle.ids.iter().chain([&first]).map(|id| format!("`{id}`")).collect();
            let message = match cycle.ids.len() {
                1 => format!("`{first}` refers to itself, and CloudFormation cannot create it before it is there"),
                _ => format!(
                    "{} is a cycle: each waits for the next, so CloudFormation refuses the template",
                    way.join(" → ")
                ),
            };
            let mut finding = Diagnostic::new(&LINT.rule, cycle.closing, message).label("closes the cycle");
            for id in &cycle.ids {
                if let Some(resource) = stack.resources.get(*id) {
                    finding = finding.related(&resource.origin.span, format!("`{id}`"));
                }
            }
            findings.push(finding.help(
                "break it at one place: put the reference into a resource of its own that is created last, such as a policy, a permission or a notification, or write the name as text",
            ));
        }
    }
}
