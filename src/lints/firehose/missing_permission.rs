use crate::analysis::role::arn::{below, text_of};
use crate::analysis::role::{Role, cannot_decrypt, named, places};
use crate::analysis::value::{boolean, look, text_at};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/missing-permission",
        level: Level::Warning,
        page: include_str!("missing_permission.md"),
    },
    effect: Effect::Run,
    check,
};

const TO_S3: &[&str] = &["/ExtendedS3DestinationConfiguration", "/S3DestinationConfiguration"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::KinesisFirehose::DeliveryStream") {
        source(site, findings);
        for pointer in TO_S3 {
            let Some(destination) = look(&site.resource.properties, pointer).found() else { continue };
            let Some(role) = role_of(site, destination) else { continue };
            bucket(site, destination, &role, findings);
            functions(site, destination, &role, findings);
            logs(destination, &role, findings);
            schema(site, destination, findings);
        }
    }
}

fn role_of<'a>(site: Site<'a>, value: &'a Value) -> Option<Role<'a>> {
    named(site.stack, look(value, "/RoleARN").found()?)
}

fn source(site: Site<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(source) = look(&site.resource.properties, "/KinesisStreamSourceConfiguration").found() else { return };
    let (Some(role), Some(stream)) = (role_of(site, source), look(source, "/KinesisStreamARN").found()) else { return };
    let needed = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"];
    let arn = text_of(site.stack, stream);
    let mut missing: Vec<&str> = needed.into_iter().filter(|action| role.lacks(action, Some(&arn))).collect();
    if cannot_decrypt(site.stack, stream, &role) {
        missing.push("kms:Decrypt");
    }
    push(&role, missing, "reading this stream", stream, findings);
}

fn bucket(site: Site<'_>, destination: &Value, role: &Role<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(bucket) = look(destination, "/BucketARN").found() else { return };
    let objects = below(&text_of(site.stack, bucket), "/");
    let missing = role.lacks("s3:PutObject", Some(&objects)).then_some("s3:PutObject");
    push(role, missing.into_iter().collect(), "writing to this bucket", bucket, findings);
}

fn functions(site: Site<'_>, destination: &Value, role: &Role<'_>, findings: &mut Vec<Diagnostic>) {
    if look(destination, "/ProcessingConfiguration/Enabled").found().and_then(boolean) == Some(false) {
        return;
    }
    for parameter in places(destination, "/ProcessingConfiguration/Processors/*/Parameters/*") {
        let Some(function) = look(parameter, "/ParameterValue").found() else { continue };
        if text_at(parameter, "/ParameterName").as_deref() != Some("LambdaArn") {
            continue;
        }
        let arn = text_of(site.stack, function);
        // Without a version, Firehose asks for the latest one.
        let latest = format!("{arn}:$LATEST");
        let missing = [&arn, &latest].into_iter().all(|arn| role.lacks("lambda:InvokeFunction", Some(arn)));
        let missing = missing.then_some("lambda:InvokeFunction");
        push(role, missing.into_iter().collect(), "calling this function", function, findings);
    }
}

fn logs(destination: &Value, role: &Role<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(options) = look(destination, "/CloudWatchLoggingOptions").found() else { return };
    if look(options, "/Enabled").found().and_then(boolean) == Some(true) {
        let missing = role.lacks("logs:PutLogEvents", None).then_some("logs:PutLogEvents");
        push(role, missing.into_iter().collect(), "its error log", options, findings);
    }
}

fn schema(site: Site<'_>, destination: &Value, findings: &mut Vec<Diagnostic>) {
    let Some(conversion) = look(destination, "/DataFormatConversionConfiguration").found() else { return };
    let Some(schema) = look(conversion, "/SchemaConfiguration").found() else { return };
    let role = role_of(site, schema);
    if look(conversion, "/Enabled").found().and_then(boolean) == Some(false) {
        return;
    }
    let (Some(role), Some(table)) = (role, look(schema, "/TableName").found()) else { return };
    let needed = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"];
    if needed.iter().all(|action| role.lacks(action, None)) {
        push(&role, needed.to_vec(), "reading the schema of this table", table, findings);
    }
}

fn push(role: &Role<'_>, missing: Vec<&str>, purpose: &str, value: &Value, findings: &mut Vec<Diagnostic>) {
    if missing.is_empty() {
        return;
    }
    let (id, actions) = (role.site.id, list(missing));
    let message = format!("`{id}` does not allow Firehose {actions}, which it needs for {purpose}");
    findings.push(
        Diagnostic::new(&LINT.rule, &value.origin.span, message)
            .related(&role.site.resource.origin.span, "the role of the delivery stream")
            .help(format!("allow {actions} on what is named here in a policy of `{id}`")),
    );
}
