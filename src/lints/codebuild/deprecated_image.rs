use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::codebuild::successor;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/deprecated-image", level: Level::Warning, page: include_str!("deprecated_image.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((image, at)) = project.image() else { continue };
        let Some(successor) = successor(&image) else { continue };
        let message = format!("AWS no longer maintains `{image}`, nor keeps it ready on its machines");
        findings.push(
            Diagnostic::new(&LINT.rule, &at.origin.span, message)
                .label("is slow to start and gets no updates")
                .help(format!("use `{successor}` or a newer one")),
        );
    }
}
