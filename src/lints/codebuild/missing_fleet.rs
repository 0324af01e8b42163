use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/missing-fleet", level: Level::Warning, page: include_str!("missing_fleet.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((kind, at)) = project.environment_type() else { continue };
        let is_reserved = kind.ends_with("_EC2") || kind == "MAC_ARM";
        if is_reserved && project.look("/Environment/Fleet").is_absent() {
            let message = format!("`{kind}` runs only on machines of a fleet, and the project names none");
            findings.push(
                Diagnostic::new(&LINT.rule, &at.origin.span, message)
                    .help("add `Fleet` with the `FleetArn` of an `AWS::CodeBuild::Fleet`"),
            );
        }
    }
}
