use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::facts::{resources, schema};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/unknown-type", level: Level::Warning, page: include_str!("unknown_type.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::UnknownType = violation.fault else { continue };
        let name = &violation.site.resource.resource_type;
        let message = format!("CloudFormation has no resource type `{name}`, as far as is known");
        let help = match nearest_type(name) {
            _ if name.starts_with("AWS::Serverless::") => {
                "add `Transform: AWS::Serverless-2016-10-31` at the top: it makes resources of this one".to_owned()
            }
            Some(near) => format!("write `{near}`"),
            None => "write the name of a type as the CloudFormation Template Reference has it".to_owned(),
        };
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help));
    }
}

/// The type that is likely meant; one of those that streaming systems have, where several are equally near.
fn nearest_type(resource_type: &str) -> Option<&'static str> {
    let last = resource_type.rsplit("::").next().unwrap_or_default();
    let same_kind = || schema::names().filter(|name| name.rsplit("::").next() == Some(last));
    nearest(resource_type, resources::names())
        .or_else(|| nearest(resource_type, schema::names()))
        .or_else(|| same_kind().next().filter(|_| same_kind().count() == 1))
}
