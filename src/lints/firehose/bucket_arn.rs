use crate::analysis::System;
use crate::analysis::firehose::locations;
use crate::analysis::firehose::prefix::Prefix;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/bucket-arn", level: Level::Error, page: include_str!("bucket_arn.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        let Some(bucket) = look(location.value, "/BucketARN").found() else { continue };
        let written = Prefix::read(location.destination.site.stack, bucket);
        let (message, help) = if written.known_parts().contains('/') {
            let message = "the ARN of a bucket has no path, and Firehose refuses this one";
            (message, "write the ARN of the bucket, and the path in `Prefix`")
        } else if is_regional(written.known_parts()) {
            let message = "the ARN of a bucket names neither Region nor account, and Firehose refuses this one";
            (message, "write `arn:aws:s3:::` and the name of the bucket")
        } else {
            continue;
        };
        findings.push(Diagnostic::new(&LINT.rule, &bucket.origin.span, message).help(help));
    }
}

/// Something stands between `s3:` and the name of the bucket.
fn is_regional(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    matches!(parts.as_slice(), ["arn", _, "s3", region, account, _] if !region.is_empty() || !account.is_empty())
}
