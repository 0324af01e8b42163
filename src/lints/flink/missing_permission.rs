use crate::analysis::role::arn::{below, of_resource, text_of};
use crate::analysis::role::{Role, cannot_decrypt, named, places};
use crate::analysis::value::{Look, entries, look, target, text};
use crate::analysis::{Site, System};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/missing-permission", level: Level::Warning, page: include_str!("missing_permission.md") },
    effect: Effect::Run,
    check,
};

/// What an application in a VPC does to get its network interfaces.
///
/// Source: Managed Service for Apache Flink Developer Guide, VPC application permissions (2026-04).
const IN_VPC: &[&str] =
    &["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"];

/// What a use of the application needs and its role does not allow.
struct Gap<'a> {
    /// After "which needs them for": `its code`.
    purpose: &'static str,
    actions: Vec<&'static str>,
    value: &'a Value,
}

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::KinesisAnalyticsV2::Application") {
        let properties = &site.resource.properties;
        let Some(handed) = look(properties, "/ServiceExecutionRole").found() else { continue };
        let Some(role) = named(site.stack, handed) else { continue };
        let mut gaps: Vec<Gap<'_>> =
            [code(site, &role), logs(system, site, &role), network(site, &role)].into_iter().flatten().collect();
        // With another role that it takes on, the application may read and write everything.
        if role.lacks("sts:AssumeRole", None) {
            gaps.extend(streams(site, &role));
        }
        for gap in gaps {
            let (id, purpose) = (role.site.id, gap.purpose);
            let actions = list(gap.actions.iter().copied());
            let message = format!("`{id}` does not allow the application {actions}, which it needs for {purpose}");
            findings.push(
                Diagnostic::new(&LINT.rule, &gap.value.origin.span, message)
                    .related(&role.site.resource.origin.span, "the role of the application")
                    .help(format!("allow {actions} on what is named here in a policy of `{id}`")),
            );
        }
    }
}

fn gap<'a>(purpose: &'static str, actions: Vec<&'static str>, value: &'a Value) -> Option<Gap<'a>> {
    (!actions.is_empty()).then_some(Gap { purpose, actions, value })
}

fn code<'a>(site: Site<'a>, role: &Role<'_>) -> Option<Gap<'a>> {
    let location = "/ApplicationConfiguration/ApplicationCodeConfiguration/CodeContent/S3ContentLocation";
    let location = look(&site.resource.properties, location).found()?;
    let bucket = look(location, "/BucketARN").found()?;
    let key = look(location, "/FileKey").found()?;
    let object = format!("{}/{}", text_of(site.stack, bucket), text_of(site.stack, key));
    let version = matches!(look(location, "/ObjectVersion"), Look::Found(_));
    let action = if version { "s3:GetObjectVersion" } else { "s3:GetObject" };
    gap("its code", lacking(role, &[action], Some(&object)), bucket)
}

fn logs<'a>(system: &System<'a>, site: Site<'a>, role: &Role<'_>) -> Option<Gap<'a>> {
    let mut options = system.of_type("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption");
    let arn = options.find_map(|option| {
        let properties = &option.resource.properties;
        let own = look(properties, "/ApplicationName").found().and_then(target) == Some(site.id);
        look(properties, "/CloudWatchLoggingOption/LogStreamARN").found().filter(|_| own)
    })?;
    gap("its logs", lacking(role, &["logs:PutLogEvents"], None), arn)
}

fn network<'a>(site: Site<'a>, role: &Role<'_>) -> Option<Gap<'a>> {
    let subnets = places(&site.resource.properties, "/ApplicationConfiguration/VpcConfigurations/*/SubnetIds");
    gap("its network interfaces", lacking(role, IN_VPC, None), subnets.first().copied()?)
}

fn lacking(role: &Role<'_>, actions: &[&'static str], resource: Option<&str>) -> Vec<&'static str> {
    actions.iter().copied().filter(|action| role.lacks(action, resource)).collect()
}

fn streams<'a>(site: Site<'a>, role: &Role<'_>) -> Vec<Gap<'a>> {
    let groups = "/ApplicationConfiguration/EnvironmentProperties/PropertyGroups/*/PropertyMap";
    let mut found = Vec::new();
    for map in places(&site.resource.properties, groups) {
        let enhanced = entries(map).iter().any(|(_, value)| text(value).as_deref() == Some("EFO"));
        for (_, value) in entries(map) {
            let stream = target(value).and_then(|id| site.stack.resources.get_key_value(id));
            let Some((id, _)) = stream.filter(|(_, it)| it.resource_type == "AWS::Kinesis::Stream") else { continue };
            let Some(arn) = of_resource(site.stack, id) else { continue };
            found.extend(stream_gap(role, &arn, enhanced, value));
            let reads = !role.lacks("kinesis:GetRecords", Some(&arn));
            if reads && cannot_decrypt(site.stack, value, role) {
                found.extend(gap("reading", vec!["kms:Decrypt"], value));
            }
        }
    }
    found
}

fn stream_gap<'a>(role: &Role<'_>, arn: &str, enhanced: bool, value: &'a Value) -> Option<Gap<'a>> {
    if enhanced {
        let consumer = below(arn, "/consumer/");
        return gap("enhanced fan-out", lacking(role, &["kinesis:SubscribeToShard"], Some(&consumer)), value);
    }
    let reads = !role.lacks("kinesis:GetRecords", Some(arn));
    let writes = ["kinesis:PutRecord", "kinesis:PutRecords"].iter().any(|action| !role.lacks(action, Some(arn)));
    let subscribes = !role.lacks("kinesis:SubscribeToShard", None);
    match (reads, writes || subscribes) {
        (true, _) => {
            gap("reading", lacking(role, &["kinesis:GetShardIterator", "kinesis:ListShards"], Some(arn)), value)
        }
        (false, true) => None,
        (false, false) => {
            gap("reading or writing", lacking(role, &["kinesis:GetRecords", "kinesis:PutRecords"], Some(arn)), value)
        }
    }
}
