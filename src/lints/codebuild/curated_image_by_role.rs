use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/curated-image-by-role",
        level: Level::Warning,
        page: include_str!("curated_image_by_role.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((image, at_image)) = project.image().filter(|(image, _)| image.starts_with("aws/codebuild/")) else {
            continue;
        };
        let Some((credentials, at)) = project.text("/Environment/ImagePullCredentialsType").known() else { continue };
        if credentials == "SERVICE_ROLE" {
            let message = format!("`{image}` is one of CodeBuild's own images, which only CodeBuild itself can fetch");
            findings.push(
                Diagnostic::new(&LINT.rule, &at.origin.span, message)
                    .related(&at_image.origin.span, "the image")
                    .help("write `CODEBUILD`, or leave `ImagePullCredentialsType` out"),
            );
        }
    }
}
