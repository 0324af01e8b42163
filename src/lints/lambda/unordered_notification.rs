use super::notifications::unordered;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/unordered-notification",
        level: Level::Warning,
        page: include_str!("unordered_notification.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for found in unordered(system).iter().filter(|found| !found.permission_waits) {
        let (permission, resource) = found.permission;
        let message = format!(
            "`{}` may be created before `{permission}` lets S3 call the function, and then S3 refuses its \
             notifications",
            found.bucket
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &found.function.origin.span, message)
                .related(&resource.origin.span, "the permission")
                .help(format!("add `DependsOn: {permission}` to `{}`", found.bucket)),
        );
    }
}
