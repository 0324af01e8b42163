use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/missing-location", level: Level::Error, page: include_str!("missing_location.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let kind = project.text("/Artifacts/Type").known();
        if let Some((_, at)) = kind.filter(|(kind, _)| kind == "S3")
            && project.look("/Artifacts/Location").is_absent()
        {
            let message = "the artifacts go to S3, but no `Location` says to which bucket";
            findings.push(
                Diagnostic::new(&LINT.rule, &at.origin.span, message).help("add `Location` with the name of a bucket"),
            );
        }
        let kind = project.text("/Source/Type").known();
        if let Some((kind, at)) = kind.filter(|(kind, _)| LOCATED.contains(&&**kind))
            && project.look("/Source/Location").is_absent()
        {
            let message = format!("the source is of the type `{kind}`, but no `Location` says where it is");
            findings.push(
                Diagnostic::new(&LINT.rule, &at.origin.span, message)
                    .help("add `Location` with the address of the source"),
            );
        }
    }
}

/// Sources that are somewhere.
const LOCATED: &[&str] =
    &["BITBUCKET", "CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "S3"];
