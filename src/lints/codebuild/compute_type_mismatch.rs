use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/compute-type-mismatch",
        level: Level::Error,
        page: include_str!("compute_type_mismatch.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((kind, at_kind)) = project.environment_type() else { continue };
        let Some((compute, at)) = project.text("/Environment/ComputeType").known() else { continue };
        let is_lambda = kind.ends_with("_LAMBDA_CONTAINER");
        if is_lambda == compute.starts_with("BUILD_LAMBDA_") || !compute.starts_with("BUILD_") {
            continue;
        }
        let (message, help) = match is_lambda {
            true => (
                format!("`{kind}` runs on Lambda, and `{compute}` is no size of Lambda compute"),
                "use one of `BUILD_LAMBDA_1GB`, `BUILD_LAMBDA_2GB`, `BUILD_LAMBDA_4GB`, `BUILD_LAMBDA_8GB` and `BUILD_LAMBDA_10GB`",
            ),
            false => (
                format!("`{compute}` is a size of Lambda compute, and `{kind}` does not run on Lambda"),
                "use a size such as `BUILD_GENERAL1_SMALL`, or a type such as `LINUX_LAMBDA_CONTAINER`",
            ),
        };
        findings.push(
            Diagnostic::new(&LINT.rule, &at.origin.span, message)
                .related(&at_kind.origin.span, "the type of the environment")
                .help(help),
        );
    }
}
