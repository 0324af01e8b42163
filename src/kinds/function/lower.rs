//! The resources of a function: log group, role, function, event source mapping, alarms.

use serde_json::json;

use super::events::StreamEvent;
use super::{Event, Function, package, sources};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::network::{Place, Staying, place};
use crate::kinds::stream::Stream;
use crate::kinds::{delivery, step_function};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Statement, logical_id};
use crate::spec::Bytes;

const DEFAULT_MEMORY_MEBIBYTES: u64 = 256;
/// DynamoDB developer guide, Change data capture for DynamoDB Streams. Read 2026-11-21.
const TABLE_STREAM_HOURS: u64 = 24;
const HOUR: u64 = 3600;
const LOG_RETENTION_DAYS: i64 = 30;

/// Lambda developer guide, required IAM permissions of functions in a VPC: on any resource, as the interfaces are not
/// there before. Read 2026-11-21.
const INTERFACES: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

pub(super) fn lower(function: &Function, this: &Entry, source: Option<String>, lowering: &mut Lowering<'_>) {
    use crate::model::Thing;

    let (mut statements, variables) = lowering.wire(&function.links());
    statements.extend(function.events().filter_map(|event| sources::consumer_statement(event, this)));
    statements.extend(function.events().flat_map(|event| sources::topic_statements(event, this)));
    let id = logical_id(this.section, &this.name.value, "");
    let logs = this.derived("a function writes a log");
    let log_group = Value::map(&logs)
        .with("LogGroupName", Value::sub(format!("/aws/lambda/${{AWS::StackName}}-{}", this.name.value), &logs))
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &logs));
    let group_id = logical_id(this.section, &this.name.value, "Logs");
    let group = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", log_group);
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    statements.push(Statement::new(
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![Value::get_att(&*group_id, "Arn", &logs)],
        &logs,
    ));
    statements.extend(delivery::invocation(lowering.model, &this.path()).map(|span| {
        step_function::answering(&Origin::derived(span, "a pipeline waits for the answer of what it invokes"))
    }));
    let place = function.network.as_ref().and_then(|network| {
        let origin = Origin::derived(&network.span, "a function in a network has an interface there");
        statements.push(Statement::new(INTERFACES, vec![Value::text("*", &origin)], &origin));
        place(network, this, Staying::Removed, lowering)
            .map(|place| vpc_config(place, &Origin::authored(&network.span)))
    });
    let role_origin = this.derived("a function runs under a role of its own");
    let role = lowering.add_role(Home::Application, this, &Role::new("lambda.amazonaws.com", statements), &role_origin);

    let (code, handler) = code_and_handler(function, this, source, lowering);
    let concurrency = function.concurrency.as_ref().map(|calls| {
        let origin = Origin::authored(&calls.span);
        Value::new(ValueKind::Integer(calls.0), &origin)
    });
    let layers = package::layers(function, this, lowering);
    let architecture = match &function.architecture {
        Some(architecture) => Origin::authored(&architecture.span),
        None if function.released().is_empty() => this.derived("arm64 costs less for the same work"),
        None => this.derived("builds run on x86_64, and packages may hold machine code"),
    };
    let integer = |given: Option<(i64, Origin)>, default: u64, reason| match given {
        Some((value, origin)) => Value::new(ValueKind::Integer(value), &origin),
        None => Value::new(ValueKind::Integer(default as i64), &this.derived(reason)),
    };
    let memory =
        function.memory.as_ref().map(|memory| ((memory.0 / Bytes::MEBIBYTE) as i64, Origin::authored(&memory.span)));
    let timeout = function.timeout.as_ref().map(|timeout| (timeout.0 as i64, Origin::authored(&timeout.span)));
    let runtime_origin = Origin::authored(&function.runtime.span);
    let mut properties = Value::map(&Origin::authored(&this.name.span))
        .with("FunctionName", lowering.physical_name(this))
        .with("Runtime", Value::text(function.runtime.word(), &runtime_origin))
        .with("Architectures", Value::from_json(json!([function.architecture()]), &architecture))
        .with("Code", code)
        .with("Handler", handler)
        .with("MemorySize", integer(memory, DEFAULT_MEMORY_MEBIBYTES, "a function has 256 MiB unless told otherwise"))
        .with("Timeout", integer(timeout, function.timeout(), "a call may take 30 seconds unless told otherwise"))
        .with("Role", role)
        .with_some("ReservedConcurrentExecutions", concurrency)
        .with_some("Layers", layers)
        .with("LoggingConfig", Value::map(&logs).with("LogGroup", Value::reference(group_id, &logs)))
        .with_some("VpcConfig", place);
    let mut environment = Value::map(&this.derived("wired things are found by these variables"));
    for (name, value) in variables {
        environment.set(name, value);
    }
    for (name, value) in function.env.iter().flat_map(|env| &env.entries) {
        environment.set(&*name.value, lowering.text(&value.value.0, &value.span, Home::Application));
    }
    if environment.to_json().as_object().is_some_and(|variables| !variables.is_empty()) {
        let origin = environment.origin.clone();
        properties.set("Environment", Value::map(&origin).with("Variables", environment));
    }
    package::publish(function, this, &mut properties, lowering);
    lowering.add(Home::Application, this, "", "AWS::Lambda::Function", properties);
    for event in function.events() {
        sources::add(function, event, this, lowering);
    }
    add_alarms(this, &id, lowering);
    add_late_alarm(function, this, &id, lowering);
    add_undelivered_alarm(function, this, &id, lowering);
}

/// The code and what of it is called; without `source` a build publishes the code.
fn code_and_handler(
    function: &Function,
    this: &Entry,
    source: Option<String>,
    lowering: &mut Lowering<'_>,
) -> (Value, Value) {
    let authored = function.handler.as_ref().map(|handler| (&handler.value.0, Origin::authored(&handler.span)));
    let usual = this.derived("Lambda calls `handler` unless told otherwise");
    match (source, function.package()) {
        (None, Some(build)) => {
            let (handler, origin) = authored.map_or(("index.handler", usual), |(name, origin)| (name.as_str(), origin));
            package::code_and_handler(function, build, this, (handler, &origin), lowering)
        }
        (source, _) => {
            let span = function.inline.as_ref().map(|inline| &inline.span);
            let span = span.or(function.code.as_ref().map(|code| &code.span)).unwrap_or(&this.span);
            let origin = Origin::authored(span);
            let code = Value::map(&origin).with("ZipFile", Value::text(source.unwrap_or_default(), &origin));
            let (name, origin) = authored.map_or(("handler", usual), |(name, origin)| (name.as_str(), origin));
            (code, Value::text(format!("index.{name}"), &origin))
        }
    }
}

fn vpc_config(place: Place, origin: &Origin) -> Value {
    Value::map(origin)
        .with("SubnetIds", Value::list(place.subnets, origin))
        .with("SecurityGroupIds", Value::list(place.security_groups, origin))
}

fn add_alarms(this: &Entry, id: &str, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a function that fails or is throttled drops work");
    for (suffix, metric, description) in [
        ("Failing", "Errors", format!("{} fails", this.path())),
        ("Throttled", "Throttles", format!("{} is throttled: too many calls at once", this.path())),
    ] {
        lowering.add_alarm(
            this,
            Alarm {
                suffix,
                description,
                namespace: "AWS/Lambda",
                metric,
                dimensions: vec![("FunctionName", Value::reference(id, &origin))],
                statistic: "Sum",
                period: 300,
                periods: 1,
                comparison: "GreaterThanThreshold",
                threshold: 0.0,
                origin: origin.clone(),
            },
        );
    }
}

/// What a failed batch is sent to can fail as well.
fn add_undelivered_alarm(function: &Function, this: &Entry, id: &str, lowering: &mut Lowering<'_>) {
    if function.failures().next().is_none() {
        return;
    }
    let origin = this.derived("what failed and could not be kept is lost");
    let alarm = Alarm {
        suffix: "Losing",
        description: format!("What {} failed on does not reach the place that keeps it", this.path()),
        namespace: "AWS/Lambda",
        metric: "DestinationDeliveryFailures",
        dimensions: vec![("FunctionName", Value::reference(id, &origin))],
        statistic: "Sum",
        period: 300,
        periods: 1,
        comparison: "GreaterThanThreshold",
        threshold: 0.0,
        origin,
    };
    lowering.add_alarm(this, alarm);
}

/// The alarm of a stream knows only readers that share its throughput.
fn add_late_alarm(function: &Function, this: &Entry, id: &str, lowering: &mut Lowering<'_>) {
    let model = lowering.model;
    let kept = function.events().filter_map(|event| match &event.value {
        Event::Table(_) => Some(TABLE_STREAM_HOURS),
        Event::Stream(StreamEvent { fan_out: Some(fan_out), stream, .. }) if fan_out.value => {
            model.thing::<Stream>(&stream.path())?.1.retention_hours()
        }
        _ => None,
    });
    let Some(hours) = kept.min() else { return };
    let origin = this.derived("a reader that runs late loses data in the end");
    lowering.add_alarm(
        this,
        Alarm {
            suffix: "Late",
            description: format!(
                "{} is behind by half the time that its records are kept: they will be lost",
                this.path()
            ),
            namespace: "AWS/Lambda",
            metric: "IteratorAge",
            dimensions: vec![("FunctionName", Value::reference(id, &origin))],
            statistic: "Maximum",
            period: 300,
            periods: 3,
            comparison: "GreaterThanThreshold",
            threshold: (hours * HOUR * 500) as f64,
            origin,
        },
    );
}
