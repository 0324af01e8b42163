use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/partial-vpc", level: Level::Warning, page: include_str!("partial_vpc.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some(found) = project.look("/VpcConfig").found() else { continue };
        for vpc in alternatives(found) {
            let parts = ["VpcId", "Subnets", "SecurityGroupIds"];
            let missing: Vec<&str> =
                parts.into_iter().filter(|part| look(vpc, &format!("/{part}")).is_absent()).collect();
            if missing.is_empty() || missing.len() == parts.len() {
                continue;
            }
            let missing = list(missing);
            let message =
                format!("the network of the project lacks {missing}, and CodeBuild wants all three parts or none");
            findings.push(Diagnostic::new(&LINT.rule, vpc.key_span(), message).help(format!("add {missing}")));
        }
    }
}
