use crate::analysis::System;
use crate::analysis::value::integer;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/beyond-lambda-compute",
        level: Level::Warning,
        page: include_str!("beyond_lambda_compute.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// Minutes.
const LONGEST_BUILD: i64 = 15;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((_, at_kind)) = project.environment_type().filter(|(kind, _)| kind.ends_with("_LAMBDA_CONTAINER"))
        else {
            continue;
        };
        let mut report = |span: &Span, what: &str, help: &str| {
            let message = format!("a build on Lambda compute {what}");
            findings.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .related(&at_kind.origin.span, "this runs on Lambda")
                    .help(help),
            );
        };
        if let Some((true, at)) = project.boolean("/Environment/PrivilegedMode").known() {
            report(
                at.key_span(),
                "cannot be privileged, and so cannot build images",
                "remove `PrivilegedMode`, or use a container environment",
            );
        }
        if let Some((_, at)) = project.text("/Cache/Type").known().filter(|(kind, _)| kind != "NO_CACHE") {
            report(&at.origin.span, "has no cache", "write `NO_CACHE`, or use a container environment");
        }
        if let Some(at) = project.look("/BuildBatchConfig").found() {
            report(
                at.key_span(),
                "cannot be part of a batch",
                "remove `BuildBatchConfig`, or use a container environment",
            );
        }
        if let Some(at) = project.look("/TimeoutInMinutes").found()
            && integer(at).is_some_and(|minutes| minutes > LONGEST_BUILD)
        {
            report(&at.origin.span, "ends after 15 minutes", "write 15 or less, or use a container environment");
        }
    }
}
