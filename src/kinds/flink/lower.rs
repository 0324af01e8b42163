//! The resources of a Flink application.
//!
//! The application exists only from its first release on: its code must be there before it. A template parameter
//! reads the release pointer, and a condition asks whether it points to anything.

use serde_json::json;

use super::Application;
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::delivery::read_published;
use crate::kinds::network::{Staying, place};
use crate::model::{Alarm, BuildOutput, Entry, Home, Lowering, Released, Role, Statement, Thing, logical_id};

const LOG_RETENTION_DAYS: i64 = 90;
/// Developer guide, Configure Managed Service for Apache Flink to access resources in a VPC: on any resource, as the
/// interfaces are not there before. From memory, not read again (2026-11-21).
const INTERFACES: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];
const RUN_OPTIONS: &str = "kinesis.analytics.flink.run.options";

pub(super) fn arn(this: &Entry, origin: &Origin) -> Value {
    let name = format!("${{AWS::StackName}}-{}", this.name.value);
    Value::sub(
        format!("arn:${{AWS::Partition}}:kinesisanalytics:${{AWS::Region}}:${{AWS::AccountId}}:application/{name}"),
        origin,
    )
}

pub(super) fn lower(application: &Application, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = Origin::derived(&application.code.span, "what runs is what was released last");
    let released = lowering.add_release(this, &Released::code(application.code.path()), &origin);
    let stream = add_log(this, lowering);
    let role = add_role(application, this, lowering);
    let networks = add_place(application, this, lowering);
    let id = logical_id(this.section, &this.name.value, "");
    let authored = Origin::authored(&this.name.span);
    let runtime = Origin::authored(&application.runtime.span);
    let properties = Value::map(&authored)
        .with("ApplicationName", lowering.physical_name(this))
        .with("ApplicationMode", Value::text("STREAMING", &this.derived("applications process streams")))
        .with("RuntimeEnvironment", Value::text(application.runtime.environment(), &runtime))
        .with("ServiceExecutionRole", role)
        .with(
            "ApplicationConfiguration",
            configuration(application, this, &released.parameter, lowering).with_some("VpcConfigurations", networks),
        );
    let condition = released.condition;
    let resource = lowering.add(Home::Application, this, "", "AWS::KinesisAnalyticsV2::Application", properties);
    resource.condition = Some(condition.clone());
    resource.retain();

    let logging = this.derived("the application writes its log there");
    let option = Value::map(&logging)
        .with("ApplicationName", Value::reference(&*id, &logging))
        .with("CloudWatchLoggingOption", Value::map(&logging).with("LogStreamARN", stream));
    let resource = lowering.add(
        Home::Application,
        this,
        "Logging",
        "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption",
        option,
    );
    resource.condition = Some(condition.clone());
    add_alarms(application, this, &condition, lowering);
}

/// Its security group, and where it runs.
fn add_place(application: &Application, this: &Entry, lowering: &mut Lowering<'_>) -> Option<Value> {
    let network = application.network.as_ref()?;
    let origin = Origin::authored(&network.span);
    let place = place(network, this, Staying::Retained, lowering)?;
    let config = Value::map(&origin)
        .with("SubnetIds", place.subnet_list(&origin))
        .with("SecurityGroupIds", place.group_list(&origin));
    Some(Value::list(vec![config], &origin))
}

/// The log group and stream; gives the stream's ARN.
fn add_log(this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("an application writes a log");
    let group = Value::map(&origin)
        .with(
            "LogGroupName",
            Value::sub(format!("/aws/kinesis-analytics/${{AWS::StackName}}-{}", this.name.value), &origin),
        )
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &origin));
    let resource = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", group);
    resource.retain();
    let group_id = logical_id(this.section, &this.name.value, "Logs");
    let stream =
        Value::from_json(json!({ "LogGroupName": { "Ref": group_id }, "LogStreamName": "application" }), &origin);
    let resource = lowering.add(Home::Application, this, "LogStream", "AWS::Logs::LogStream", stream);
    resource.retain();
    let stream_id = logical_id(this.section, &this.name.value, "LogStream");
    Value::sub(
        format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group_id}}}:log-stream:${{{stream_id}}}"
        ),
        &origin,
    )
}

fn add_role(application: &Application, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let model = lowering.model;
    let (mut statements, _) = lowering.wire(&application.links());
    let code = Origin::derived(&application.code.span, "the application loads its code");
    statements.extend(read_published(model, &application.code.name, &code));
    let logs = this.derived("the application writes its log");
    let group_id = logical_id(this.section, &this.name.value, "Logs");
    statements.push(Statement::new(
        &["logs:DescribeLogStreams", "logs:PutLogEvents"],
        vec![Value::get_att(group_id, "Arn", &logs)],
        &logs,
    ));
    let groups = Value::sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*", &logs);
    statements.push(Statement::new(&["logs:DescribeLogGroups"], vec![groups], &logs));
    if let Some(network) = &application.network {
        let origin = Origin::derived(&network.span, "an application in a network has interfaces there");
        statements.push(Statement::new(INTERFACES, vec![Value::text("*", &origin)], &origin));
        let made = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*";
        let made = vec![Value::sub(made, &origin)];
        statements.push(Statement::new(&["ec2:CreateNetworkInterfacePermission"], made, &origin));
    }
    let origin = this.derived("an application runs under a role of its own");
    let mut role = Role::new("kinesisanalytics.amazonaws.com", statements);
    if model.names_loading_roles() {
        let named =
            Origin::derived(&application.code.span, "the account that publishes its code lets it in by this name");
        role.name = Some(Value::sub(format!("${{AWS::StackName}}-{}", this.name.value), &named));
    }
    lowering.add_role(Home::Application, this, &role, &origin)
}

fn configuration(application: &Application, this: &Entry, release: &str, lowering: &Lowering<'_>) -> Value {
    let code = Origin::authored(&application.code.span);
    let content = Value::map(&code)
        .with(
            "BucketARN",
            Value::sub(format!("arn:${{AWS::Partition}}:s3:::{}", lowering.model.published_bucket_there()), &code),
        )
        .with("FileKey", Value::reference(release, &code));
    let code_configuration = Value::map(&code)
        .with("CodeContentType", Value::text("ZIPFILE", &code))
        .with("CodeContent", Value::map(&code).with("S3ContentLocation", content));
    let snapshots = match &application.snapshots {
        Some(snapshots) => Origin::authored(&snapshots.span),
        None => this.derived("state survives updates unless told otherwise"),
    };
    let enabled = Value::new(ValueKind::Boolean(application.snapshots()), &snapshots);
    let rollback = this.derived("AWS takes a failed update back");
    let groups = property_groups(application, lowering);
    Value::map(&Origin::authored(&this.name.span))
        .with("ApplicationCodeConfiguration", code_configuration)
        .with("ApplicationSnapshotConfiguration", Value::map(&snapshots).with("SnapshotsEnabled", enabled))
        .with("ApplicationSystemRollbackConfiguration", Value::from_json(json!({ "RollbackEnabled": true }), &rollback))
        .with("FlinkApplicationConfiguration", flink_configuration(application, this, lowering))
        .with_some("EnvironmentProperties", groups)
}

fn flink_configuration(application: &Application, this: &Entry, lowering: &Lowering<'_>) -> Value {
    let monitoring = match &application.log_level {
        Some(level) => Origin::authored(&level.span),
        None => this.derived("applications log what happens unless told otherwise"),
    };
    let level = application.log_level.as_ref().map_or("INFO".to_owned(), |level| level.word().to_uppercase());
    let monitoring = Value::from_json(
        json!({ "ConfigurationType": "CUSTOM", "LogLevel": level, "MetricsLevel": "APPLICATION" }),
        &monitoring,
    );
    Value::map(&Origin::authored(&this.name.span))
        .with("CheckpointConfiguration", checkpoints(application, this))
        .with("MonitoringConfiguration", monitoring)
        .with_some("ParallelismConfiguration", parallelism(application, this, lowering))
}

fn checkpoints(application: &Application, this: &Entry) -> Value {
    let Some(checkpoints) = &application.checkpoints else {
        let origin = this.derived("a checkpoint a minute is AWS's default");
        return Value::from_json(json!({ "ConfigurationType": "DEFAULT" }), &origin);
    };
    let origin = Origin::authored(&checkpoints.span);
    let milliseconds = |given: &Option<crate::source::Located<crate::spec::Seconds>>, default: i64| match given {
        Some(duration) => Value::new(ValueKind::Integer(duration.0 as i64 * 1000), &Origin::authored(&duration.span)),
        None => Value::new(ValueKind::Integer(default), &this.derived("AWS's default")),
    };
    Value::from_json(json!({ "ConfigurationType": "CUSTOM", "CheckpointingEnabled": true }), &origin)
        .with("CheckpointInterval", milliseconds(&checkpoints.interval, 60_000))
        .with("MinPauseBetweenCheckpoints", milliseconds(&checkpoints.pause, 5_000))
}

fn parallelism(application: &Application, this: &Entry, lowering: &Lowering<'_>) -> Option<Value> {
    let parallelism = application.parallelism.as_ref()?;
    let origin = Origin::authored(&parallelism.span);
    let tasks = lowering.valued(&parallelism.tasks.value, &parallelism.tasks.span, |tasks, origin| {
        Value::new(ValueKind::Integer(tasks.0), origin)
    });
    let per_kpu = match &parallelism.per_kpu {
        Some(per_kpu) => lowering
            .valued(&per_kpu.value, &per_kpu.span, |per_kpu, origin| Value::new(ValueKind::Integer(per_kpu.0), origin)),
        None => {
            Value::new(ValueKind::Integer(1), &this.derived("a subtask has a KPU of its own unless told otherwise"))
        }
    };
    let autoscale = match &parallelism.autoscale {
        Some(autoscale) => Value::new(ValueKind::Boolean(autoscale.value), &Origin::authored(&autoscale.span)),
        None => Value::new(ValueKind::Boolean(false), &this.derived("parallelism is fixed unless told otherwise")),
    };
    Some(
        Value::map(&origin)
            .with("ConfigurationType", Value::text("CUSTOM", &origin))
            .with("Parallelism", tasks)
            .with("ParallelismPerKPU", per_kpu)
            .with("AutoScalingEnabled", autoscale),
    )
}

/// The authored groups, and for a Python build the group that tells Flink what to run.
fn property_groups(application: &Application, lowering: &Lowering<'_>) -> Option<Value> {
    let mut groups = Vec::new();
    for (id, properties) in application.properties.iter().flat_map(|groups| &groups.entries) {
        let mut map = Value::map(&Origin::authored(&properties.span));
        for (key, value) in &properties.entries {
            map.set(&*key.value, lowering.text(&value.value.0, &value.span, Home::Application));
        }
        let origin = Origin::authored(&id.span);
        groups.push(
            Value::map(&origin).with("PropertyGroupId", Value::text(&*id.value, &origin)).with("PropertyMap", map),
        );
    }
    let build = lowering.model.entry(&application.code.path()).and_then(|entry| entry.thing.as_ref()?.build_output());
    if let Some(BuildOutput::Python { main, connector, .. }) = build {
        let origin = Origin::derived(&application.code.span, "Flink finds a Python application by these options");
        let options = json!({
            "PropertyGroupId": RUN_OPTIONS,
            "PropertyMap": { "python": main, "jarfile": connector, "pyFiles": "dependencies/" },
        });
        groups.push(Value::from_json(options, &origin));
    }
    if groups.is_empty() {
        return None;
    }
    groups.sort_by(|a, b| id_of(a).cmp(id_of(b)));
    let origin = application.properties.as_ref().map_or_else(
        || Origin::derived(&application.code.span, "Flink finds a Python application by these options"),
        |properties| Origin::authored(&properties.span),
    );
    Some(Value::map(&origin).with("PropertyGroups", Value::list(groups, &origin)))
}

fn id_of(group: &Value) -> &str {
    group.get("PropertyGroupId").and_then(Value::as_text).unwrap_or_default()
}

fn add_alarms(application: &Application, this: &Entry, condition: &str, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a job that restarts or cannot save its state loses time and in the end data");
    let name = lowering.physical_name(this);
    for (suffix, metric, description) in [
        (
            "Restarting",
            application.runtime.restarts_metric(),
            format!("The job of {} restarts again and again", this.path()),
        ),
        (
            "NotSaving",
            "numberOfFailedCheckpoints",
            format!("Checkpoints of {} fail: its state is not saved", this.path()),
        ),
    ] {
        let alarm = Alarm {
            suffix,
            description,
            namespace: "AWS/KinesisAnalytics",
            metric,
            dimensions: vec![("Application", name.clone())],
            statistic: "Maximum",
            period: 300,
            periods: 1,
            comparison: "GreaterThanThreshold",
            threshold: 0.0,
            origin: origin.clone(),
        };
        if let Some(alarm) = lowering.add_alarm(this, alarm) {
            alarm.condition = Some(condition.to_owned());
        }
    }
}
