use crate::analysis::Site;
use crate::analysis::System;
use crate::analysis::references::references;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/code-bucket-in-same-stack",
        level: Level::Warning,
        page: include_str!("code_bucket_in_same_stack.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What can put an object into the bucket while the stack is created, or wait until somebody has.
const UPLOADERS: &[&str] = &[
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::WaitCondition",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        // A condition is how such a template makes the application after the first build.
        if application.site.resource.condition.is_some() || uploads(application.site) {
            continue;
        }
        let Some(location) = application.code_location() else { continue };
        let Some(value) = look(location, "/BucketARN").found() else { continue };
        let mut bucket = None;
        references(value, true, &mut |name, _| {
            let target = application.site.stack.resources.get_key_value(name);
            bucket = bucket.or(target.filter(|(_, it)| it.resource_type == "AWS::S3::Bucket"));
        });
        if let Some((id, bucket)) = bucket {
            let message = format!(
                "`{id}` is empty when this stack is created, so `{}` finds no code there and its creation fails",
                application.site.id
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .related(&bucket.origin.span, "made by the same stack")
                    .help("put the bucket into a stack of its own, and upload the build before this one is created"),
            );
        }
    }
}

fn uploads(site: Site<'_>) -> bool {
    let resources = &site.stack.resources;
    site.stack.open
        || resources
            .values()
            .any(|it| it.resource_type.starts_with("Custom::") || UPLOADERS.contains(&it.resource_type.as_str()))
}
