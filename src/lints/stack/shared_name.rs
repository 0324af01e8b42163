use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::value::{Look, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::resources;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "stack/shared-name", level: Level::Error, page: include_str!("shared_name.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let mut seen: BTreeMap<(&str, String), &str> = BTreeMap::new();
        for (id, resource) in stack.resources.iter().filter(|(_, resource)| resource.condition.is_none()) {
            let Some(facts) = resources::get(&resource.resource_type) else { continue };
            // A part that AWS gives makes every identifier another.
            let parts = &facts.primary_identifier;
            if parts.is_empty() || parts.iter().any(|part| facts.read_only.contains(part)) {
                continue;
            }
            let values: Option<Vec<_>> = parts.iter().map(|part| look(&resource.properties, part).found()).collect();
            let Some(values) = values else { continue };
            let Some(first) = values.first() else { continue };
            let name: Vec<String> = values.iter().map(|value| value.to_json().to_string()).collect();
            let name = name.join(" ");
            // What is chosen by a condition may differ.
            if name.contains("Fn::If") {
                continue;
            }
            match seen.get(&(resource.resource_type.as_str(), name.clone())) {
                None => {
                    seen.insert((&resource.resource_type, name), id);
                }
                Some(other) => {
                    let message = format!(
                        "`{id}` and `{other}` are one and the same {}: they have the same name, so the second cannot be created",
                        resource.resource_type
                    );
                    let mut finding = Diagnostic::new(&LINT.rule, &first.origin.span, message).label("used before");
                    if let Some(other) = stack.resources.get(*other)
                        && let Some(part) = parts.first()
                        && let Look::Found(name) = look(&other.properties, part)
                    {
                        finding = finding.related(&name.origin.span, "first used here");
                    }
                    findings.push(
                        finding.help("give it another name, or leave the name out so that CloudFormation makes one"),
                    );
                }
            }
        }
    }
}
