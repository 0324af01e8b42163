use crate::analysis::change::{listens_to, named};
use crate::analysis::value::{Look, boolean, items, look, text};
use crate::analysis::{Site, System};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/bucket-sends-no-events",
        level: Level::Warning,
        page: include_str!("bucket_sends_no_events.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for rule in system.of_type("AWS::Events::Rule") {
        let pattern = &rule.resource.properties;
        let kinds = look(pattern, "/EventPattern/detail-type").found().map(items).unwrap_or_default();
        let of_objects = kinds.into_iter().filter_map(text).any(|kind| kind.starts_with("Object "));
        if !of_objects || !listens_to(pattern, "aws.s3") {
            continue;
        }
        let names = look(pattern, "/EventPattern/detail/bucket/name").found().map(items).unwrap_or_default();
        for name in names {
            let Some(bucket) = named(system, rule, "AWS::S3::Bucket", "/BucketName", name) else { continue };
            if sends_events(bucket) || is_configured_elsewhere(system, bucket) {
                continue;
            }
            let message = "the bucket sends no events to EventBridge, so that the rule never sees one";
            let found = Diagnostic::new(&LINT.rule, &bucket.resource.origin.span, message);
            let found = found.related(&name.origin.span, "the rule waits for its events");
            let help = "write `NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}`";
            findings.push(found.help(help));
        }
    }
}

/// Unless it surely does not.
fn sends_events(bucket: Site<'_>) -> bool {
    let configuration = "/NotificationConfiguration/EventBridgeConfiguration";
    match look(&bucket.resource.properties, configuration) {
        Look::Absent => false,
        Look::Found(value) => look(value, "/EventBridgeEnabled").found().and_then(boolean) != Some(false),
        Look::Unknown => true,
    }
}

/// A custom resource, such as the CDK has for notifications, may configure the bucket.
fn is_configured_elsewhere(system: &System<'_>, bucket: Site<'_>) -> bool {
    let custom = |name: &str| name.starts_with("Custom::") || name == "AWS::CloudFormation::CustomResource";
    system.sites().filter(|site| custom(&site.resource.resource_type)).any(|site| {
        let mut refers = false;
        site.resource.properties.references(&mut |name| refers |= name == bucket.id);
        refers
    })
}
