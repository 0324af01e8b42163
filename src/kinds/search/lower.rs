//! The resources of a domain: log group and its policy, domain, alarms.

use serde_json::json;

use super::{DEFAULT_MASTERS, Search, templates};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::network::{Staying, let_users_in, place};
use crate::model::{Alarm, Entry, Home, Lowering, logical_id};

pub(super) const HTTPS: u16 = 443;
const LOG_RETENTION_DAYS: i64 = 30;
const MEBIBYTE: u64 = 1 << 20;
const GIBIBYTE: u64 = 1 << 30;
/// OpenSearch Service developer guide, recommended alarms: a quarter of each node's storage. Read 2026-11-21.
const FREE_AT_LEAST: f64 = 0.25;
const LOGS: [&str; 3] = ["ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"];

pub(super) fn lower(search: &Search, this: &Entry, lowering: &mut Lowering<'_>) {
    let logs = add_logs(this, lowering);
    let administrator = lowering
        .valued(&search.administrator, &search.administrator.span, |arn, origin| Value::text(&*arn.text, origin));
    let encrypted = this.derived("domains are encrypted and reached by HTTPS only");
    let always = |json| Value::from_json(json, &encrypted);
    let access = Origin::authored(&search.administrator.span);
    let security = Value::from_json(json!({ "Enabled": true, "InternalUserDatabaseEnabled": false }), &access)
        .with("MasterUserOptions", Value::map(&access).with("MasterUserARN", administrator.clone()));
    let version = Origin::authored(&search.version.span);
    let storage = search.storage.as_ref().map(|storage| {
        let size = storage.0 / GIBIBYTE;
        Value::from_json(
            json!({ "EBSEnabled": true, "VolumeType": "gp3", "VolumeSize": size }),
            &Origin::authored(&storage.span),
        )
    });
    let own_disks = || {
        let origin = this.derived("its nodes have disks of their own");
        Value::from_json(json!({ "EBSEnabled": false }), &origin)
    };
    let mut properties = Value::map(&Origin::authored(&this.name.span))
        .with("DomainName", lowering.physical_name(this))
        .with("EngineVersion", Value::text(format!("OpenSearch_{}", search.version.word()), &version))
        .with("ClusterConfig", cluster(search, this))
        .with("EBSOptions", storage.unwrap_or_else(own_disks))
        .with("EncryptionAtRestOptions", always(json!({ "Enabled": true })))
        .with("NodeToNodeEncryptionOptions", always(json!({ "Enabled": true })))
        .with(
            "DomainEndpointOptions",
            always(json!({ "EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10" })),
        )
        .with("AdvancedSecurityOptions", security)
        .with("AccessPolicies", access_policy(this, administrator, &access))
        .with("LogPublishingOptions", logs);
    let mut beside = None;
    if let Some(network) = &search.network
        && let Some(place) = place(network, this, Staying::Retained, lowering)
    {
        let origin = Origin::authored(&network.span);
        beside = Some(place.clone());
        let subnets = place.subnets.into_iter().take(search.zones() as usize).collect();
        let options = Value::map(&origin)
            .with("SubnetIds", Value::list(subnets, &origin))
            .with("SecurityGroupIds", Value::list(place.security_groups, &origin));
        properties.set("VPCOptions", options);
        let_users_in(this, &[HTTPS], lowering);
    }
    let upgraded = this.derived("another version is an upgrade; without this, it would be a new and empty domain");
    let domain = lowering.add(Home::Application, this, "", "AWS::OpenSearchService::Domain", properties);
    domain.retain();
    domain.depends_on = vec![id(this, "LogsPolicy")];
    domain.attributes =
        vec![("UpdatePolicy".to_owned(), Value::from_json(json!({ "EnableVersionUpgrade": true }), &upgraded))];
    domain.by_hand = Some(
        "let in the roles of what reads and writes it: as its administrator, map them to roles of the domain"
            .to_owned(),
    );
    templates::add(search, this, beside, lowering);
    add_alarms(search, this, lowering);
}

fn id(this: &Entry, suffix: &str) -> String {
    logical_id(this.section, &this.name.value, suffix)
}

fn integer(value: i64, origin: &Origin) -> Value {
    Value::new(ValueKind::Integer(value), origin)
}

fn cluster(search: &Search, this: &Entry) -> Value {
    let count = match &search.count {
        Some(count) => integer(count.0, &Origin::authored(&count.span)),
        None => integer(search.nodes(), &this.derived("a domain has two data nodes unless told otherwise")),
    };
    let zoned = match &search.zones {
        Some(zones) => Origin::authored(&zones.span),
        None => this.derived("data nodes stand in two zones unless told otherwise"),
    };
    let zones = search.zones();
    let awareness = (zones > 1).then(|| Value::map(&zoned).with("AvailabilityZoneCount", integer(zones, &zoned)));
    let mut cluster = Value::map(&Origin::authored(&search.instance.span))
        .with("InstanceType", Value::text(&*search.instance.text, &Origin::authored(&search.instance.span)))
        .with("InstanceCount", count)
        .with("ZoneAwarenessEnabled", Value::from_json(json!(zones > 1), &zoned))
        .with_some("ZoneAwarenessConfig", awareness);
    if let Some(masters) = &search.masters {
        let origin = Origin::authored(&masters.span);
        let count = match &masters.count {
            Some(count) => integer(count.0, &Origin::authored(&count.span)),
            None => integer(DEFAULT_MASTERS, &Origin::derived(&masters.span, "three masters unless told otherwise")),
        };
        let instance = Origin::authored(&masters.instance.span);
        cluster.set("DedicatedMasterEnabled", Value::from_json(json!(true), &origin));
        cluster.set("DedicatedMasterType", Value::text(&*masters.instance.text, &instance));
        cluster.set("DedicatedMasterCount", count);
    }
    cluster
}

/// The administrator may send any request; others need it in policies of their own.
fn access_policy(this: &Entry, administrator: Value, origin: &Origin) -> Value {
    let statement = Value::from_json(
        json!({
            "Effect": "Allow",
            "Action": [
                "es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut",
            ],
            "Resource": { "Fn::Sub": format!("{}/*", arn(this)) },
        }),
        origin,
    )
    .with("Principal", Value::map(origin).with("AWS", administrator));
    Value::from_json(json!({ "Version": "2012-10-17" }), origin).with("Statement", Value::list(vec![statement], origin))
}

/// The domain's ARN for `Fn::Sub`, where the domain itself cannot be named.
fn arn(this: &Entry) -> String {
    let name = &this.name.value;
    format!("arn:${{AWS::Partition}}:es:${{AWS::Region}}:${{AWS::AccountId}}:domain/${{AWS::StackName}}-{name}")
}

/// The log group, the policy by which the domain may write to it, and what the domain is told of it.
fn add_logs(this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("a domain writes its errors and slow requests to a log");
    let group = Value::map(&origin)
        .with("LogGroupName", Value::sub(format!("/aws/opensearch/${{AWS::StackName}}-{}", this.name.value), &origin))
        .with("RetentionInDays", integer(LOG_RETENTION_DAYS, &origin));
    let group = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", group);
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    // Logs takes the policy as text.
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "es.amazonaws.com" },
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": format!("${{{}.Arn}}", id(this, "Logs")),
            "Condition": {
                "StringEquals": { "aws:SourceAccount": "${AWS::AccountId}" },
                "ArnEquals": { "aws:SourceArn": arn(this) },
            },
        }],
    });
    let policy = Value::map(&origin)
        .with("PolicyName", lowering.physical_name(this))
        .with("PolicyDocument", Value::sub(policy.to_string(), &origin));
    lowering.add(Home::Application, this, "LogsPolicy", "AWS::Logs::ResourcePolicy", policy);
    let group = json!({ "Enabled": true, "CloudWatchLogsLogGroupArn": { "Fn::GetAtt": [id(this, "Logs"), "Arn"] } });
    LOGS.iter().fold(Value::map(&origin), |logs, log| logs.with(*log, Value::from_json(group.clone(), &origin)))
}

fn add_alarms(search: &Search, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a red domain has lost shards, and a full one takes no writes");
    let dimensions = vec![
        ("DomainName", Value::reference(id(this, ""), &origin)),
        ("ClientId", Value::reference("AWS::AccountId", &origin)),
    ];
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Red",
            description: format!("{} is red: a primary shard is not there", this.path()),
            namespace: "AWS/ES",
            metric: "ClusterStatus.red",
            dimensions: dimensions.clone(),
            statistic: "Maximum",
            period: 60,
            periods: 1,
            comparison: "GreaterThanOrEqualToThreshold",
            threshold: 1.0,
            origin: origin.clone(),
        },
    );
    let Some(storage) = &search.storage else { return };
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Full",
            description: format!("A node of {} has less than a quarter of its storage free", this.path()),
            namespace: "AWS/ES",
            metric: "FreeStorageSpace",
            dimensions,
            statistic: "Minimum",
            period: 60,
            periods: 5,
            comparison: "LessThanOrEqualToThreshold",
            threshold: ((storage.0 / MEBIBYTE) as f64 * FREE_AT_LEAST).floor(),
            origin,
        },
    );
}
