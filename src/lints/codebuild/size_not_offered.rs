use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/size-not-offered", level: Level::Warning, page: include_str!("size_not_offered.md") },
    effect: Effect::Deployment,
    check,
};

/// The sizes that an environment comes in, where it does not come in all.
const OFFERED: &[(&str, &[&str])] = &[
    ("LINUX_GPU_CONTAINER", &["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_LARGE"]),
    ("WINDOWS_CONTAINER", &["BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"]),
    ("WINDOWS_SERVER_2019_CONTAINER", &["BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"]),
    (
        "WINDOWS_SERVER_2022_CONTAINER",
        &["BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE", "BUILD_GENERAL1_2XLARGE"],
    ),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((kind, at_kind)) = project.environment_type() else { continue };
        let Some((compute, at)) = project.text("/Environment/ComputeType").known() else { continue };
        let Some((_, sizes)) = OFFERED.iter().find(|(name, _)| *name == kind) else { continue };
        if !compute.starts_with("BUILD_GENERAL1_")
            || sizes.contains(&&*compute)
            || !project.look("/Environment/Fleet").is_absent()
        {
            continue;
        }
        let message = format!("CodeBuild does not offer `{kind}` in the size `{compute}`");
        findings.push(
            Diagnostic::new(&LINT.rule, &at.origin.span, message)
                .related(&at_kind.origin.span, "the type of the environment")
                .help(format!("use {}", list(sizes.iter().copied()))),
        );
    }
}
