use crate::analysis::System;
use crate::analysis::permission::{S3, missing};
use crate::analysis::role::places;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "s3/notification-without-permission",
        level: Level::Warning,
        page: include_str!("notification_without_permission.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::S3::Bucket") {
        for receiver in [
            "/NotificationConfiguration/LambdaConfigurations/*/Function",
            "/NotificationConfiguration/QueueConfigurations/*/Queue",
            "/NotificationConfiguration/TopicConfigurations/*/Topic",
        ]
        .into_iter()
        .flat_map(|at| places(&site.resource.properties, at))
        {
            let Some((missing, help)) = missing(site, receiver, S3) else { continue };
            let message = format!("S3 refuses the notifications of the bucket, and the deployment fails: {missing}");
            findings.push(Diagnostic::new(&LINT.rule, &receiver.origin.span, message).help(help));
        }
    }
}
