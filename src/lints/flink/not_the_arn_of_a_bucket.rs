use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/not-the-arn-of-a-bucket",
        level: Level::Error,
        page: include_str!("not_the_arn_of_a_bucket.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some(location) = application.code_location() else { continue };
        let resources = &application.site.stack.resources;
        let is_bucket = |id: &str| resources.get(id).is_some_and(|it| it.resource_type == "AWS::S3::Bucket");
        for value in look(location, "/BucketARN").found().map(alternatives).unwrap_or_default() {
            let finding = match part(value) {
                Part::Name(bucket) if is_bucket(bucket) => {
                    let message =
                        format!("`BucketARN` is an ARN, and this gives the name of `{bucket}`: AWS refuses it");
                    Diagnostic::new(&LINT.rule, &value.origin.span, message)
                        .help(format!("write `!GetAtt {bucket}.Arn`"))
                }
                Part::Object => Diagnostic::new(
                    &LINT.rule,
                    &value.origin.span,
                    "`BucketARN` is the ARN of the bucket alone, and with the path of an object AWS finds no bucket",
                )
                .help("end the ARN after the name of the bucket, and put the path into `FileKey`"),
                _ => continue,
            };
            findings.push(finding);
        }
    }
}

/// What is given instead of the ARN of a bucket.
enum Part<'a> {
    /// Only the name, of the bucket with this logical id.
    Name(&'a str),
    /// The ARN goes on with the path of an object.
    Object,
    /// Nothing that is known to be wrong.
    Fitting,
}

fn part(value: &Value) -> Part<'_> {
    match &value.kind {
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => Part::Name(name),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => {
            let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match name.filter(|name| !name.contains(['.', '$', '{', '}'])) {
                Some(name) => Part::Name(name),
                None => path(text),
            }
        }
        ValueKind::Text(text) => path(text),
        _ => Part::Fitting,
    }
}

fn path(arn: &str) -> Part<'_> {
    let bucket = arn.split_once(":s3:::").map_or("", |(_, bucket)| bucket);
    if bucket.contains('/') { Part::Object } else { Part::Fitting }
}
