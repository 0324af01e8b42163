use crate::analysis::System;
use crate::analysis::change::named;
use crate::analysis::stages::{actions, below, text_at};
use crate::analysis::value::{Look, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/canned-acl", level: Level::Warning, page: include_str!("canned_acl.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties).iter().filter(|action| action.is("Deploy", "S3")) {
            let Some(list) = action.configuration("CannedACL").found() else { continue };
            let Some(name) = action.configuration("BucketName").found() else { continue };
            let Some(bucket) = named(system, site, "AWS::S3::Bucket", "/BucketName", name) else { continue };
            let Some(acl) = text(list).filter(|acl| acl != "bucket-owner-full-control") else { continue };
            if acl.contains("#{") || !owner_owns_all(&bucket.resource.properties) {
                continue;
            }
            let message = format!("the bucket takes no access control lists, so that objects with `{acl}` are refused");
            let found = Diagnostic::new(&LINT.rule, &list.origin.span, message);
            let found = found.related(&bucket.resource.origin.span, "the bucket");
            findings.push(found.help("remove `CannedACL`, and grant access by a bucket policy"));
        }
    }
}

/// The default since 2023, unless the bucket says otherwise.
fn owner_owns_all(bucket: &Value) -> bool {
    match look(bucket, "/OwnershipControls") {
        Look::Absent => true,
        Look::Unknown => false,
        Look::Found(controls) => {
            let rules = below(controls, "/Rules");
            let enforced = |rule: &&Value| text_at(rule, "/ObjectOwnership").as_deref() == Some("BucketOwnerEnforced");
            !rules.is_empty() && rules.iter().all(enforced)
        }
    }
}
