use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/image-type-mismatch",
        level: Level::Warning,
        page: include_str!("image_type_mismatch.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((kind, at_kind)) = project.environment_type() else { continue };
        let Some((image, at)) = project.image().filter(|(image, _)| image.starts_with("aws/codebuild/")) else {
            continue;
        };
        let Some((what, types)) = wanted(&image) else { continue };
        if types.contains(&&*kind) || kind.contains("EC2") || kind == "MAC_ARM" {
            continue;
        }
        let message = format!("`{image}` is {what}, which does not run in an environment of the type `{kind}`");
        findings.push(
            Diagnostic::new(&LINT.rule, &at.origin.span, message)
                .related(&at_kind.origin.span, "the type of the environment")
                .help(format!(
                    "write `Type: {}`, or choose another image",
                    types.first().unwrap_or(&"LINUX_CONTAINER")
                )),
        );
    }
}

/// What a CodeBuild image is and the environments that it runs in.
fn wanted(image: &str) -> Option<(&'static str, &'static [&'static str])> {
    let is_arm = image.contains("aarch64");
    Some(match (image.contains("-lambda-"), is_arm) {
        (true, true) => ("an image for Lambda compute on ARM", &["ARM_LAMBDA_CONTAINER"]),
        (true, false) => ("an image for Lambda compute", &["LINUX_LAMBDA_CONTAINER"]),
        (false, true) => ("an image for ARM", &["ARM_CONTAINER"]),
        (false, false) if image.contains("/windows-base:") => (
            "an image of Windows",
            &["WINDOWS_SERVER_2022_CONTAINER", "WINDOWS_SERVER_2019_CONTAINER", "WINDOWS_CONTAINER"],
        ),
        (false, false) if image.contains("standard:") => {
            ("an image of Linux on x86", &["LINUX_CONTAINER", "LINUX_GPU_CONTAINER"])
        }
        (false, false) => return None,
    })
}
