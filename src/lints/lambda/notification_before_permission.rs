use super::notifications::unordered;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/notification-before-permission",
        level: Level::Error,
        page: include_str!("notification_before_permission.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for found in unordered(system).iter().filter(|found| found.permission_waits) {
        let (permission, resource) = found.permission;
        let message = format!(
            "`{}` is created before `{permission}` lets S3 call the function, so S3 refuses the notifications \
             of the bucket",
            found.bucket
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &found.function.origin.span, message)
                .related(&resource.origin.span, "the permission, which waits for the bucket")
                .help(format!(
                    "in `{permission}` write `SourceAccount`, or the bucket's name as text, in place of the reference \
                     to `{0}`, and add `DependsOn: {permission}` to `{0}`",
                    found.bucket
                )),
        );
    }
}
