use crate::analysis::System;
use crate::analysis::change::named;
use crate::analysis::stages::actions;
use crate::analysis::value::{Look, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unversioned-source-bucket",
        level: Level::Warning,
        page: include_str!("unversioned_source_bucket.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for source in actions(&site.resource.properties).iter().filter(|action| action.is("Source", "S3")) {
            let Look::Found(name) = source.configuration("S3Bucket") else { continue };
            let Some(bucket) = named(system, site, "AWS::S3::Bucket", "/BucketName", name) else { continue };
            let span = match look(&bucket.resource.properties, "/VersioningConfiguration/Status") {
                Look::Absent => &bucket.resource.origin.span,
                Look::Found(status) if text(status).as_deref() == Some("Suspended") => &status.origin.span,
                _ => continue,
            };
            let message = "the bucket is the source of a pipeline and not versioned, so that the source action fails";
            let found = Diagnostic::new(&LINT.rule, span, message).related(&name.origin.span, "read by this action");
            findings.push(found.help("write `VersioningConfiguration: {Status: Enabled}` in the bucket"));
        }
    }
}
