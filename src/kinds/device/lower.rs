//! The resources of a topic rule: role, log group of errors, rule.

use serde_json::json;

use super::{Rule, policy};
use crate::desired::{Origin, Value};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Sender, Statement, Verb, logical_id};
use crate::source::{Located, Span};
use crate::spec::Text;

/// AWS IoT developer guide, SQL versions. Read 2026-11-20.
const SQL_VERSION: &str = "2016-03-23";
const LOG_RETENTION_DAYS: i64 = 30;

/// What a rule needs of all that a writer may do with a receiver.
const USED: &[&str] = &[
    "firehose:PutRecord",
    "kinesis:PutRecord",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "s3:PutObject",
    "sns:Publish",
    "sqs:SendMessage",
];

pub(super) fn lower(rule: &Rule, this: &Entry, lowering: &mut Lowering<'_>) {
    let mut statements = Vec::new();
    let receivers = rule.to.value.0.iter();
    let actions = receivers
        .filter_map(|receiver| {
            add_action(rule, this, (&receiver.section, &receiver.path(), &receiver.span), &mut statements, lowering)
        })
        .collect();
    let on_error = match &rule.on_failure {
        Some(keeper) => {
            add_action(rule, this, (&keeper.section, &keeper.path(), &keeper.span), &mut statements, lowering)
        }
        None => Some(add_error_log(this, &mut statements, lowering)),
    };
    if !statements.is_empty() {
        let origin = this.derived("a rule delivers under a role of its own");
        lowering.add_role(Home::Application, this, &Role::new("iot.amazonaws.com", statements), &origin);
    }
    let disabled = match &rule.enabled {
        Some(enabled) => Value::from_json(json!(!enabled.value), &Origin::authored(&enabled.span)),
        None => Value::from_json(json!(false), &this.derived("a rule works unless told otherwise")),
    };
    let version = this.derived("newer SQL of AWS IoT knows nested objects and arrays");
    let payload = Value::map(&Origin::authored(&this.span))
        .with("Sql", lowering.text(&rule.sql, &rule.sql.span, Home::Application))
        .with("AwsIotSqlVersion", Value::text(SQL_VERSION, &version))
        .with_some(
            "Description",
            rule.description.as_ref().map(|text| Value::text(&*text.value.0, &Origin::authored(&text.span))),
        )
        .with("RuleDisabled", disabled)
        .with("Actions", Value::list(actions, &Origin::authored(&rule.to.span)))
        .with_some("ErrorAction", on_error);
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("RuleName", rule_name(this))
        .with("TopicRulePayload", payload);
    lowering.add(Home::Application, this, "", "AWS::IoT::TopicRule", properties);
    policy::add(rule, this, lowering);
    add_alarm(this, lowering);
}

/// What cannot be delivered is kept where `on-failure` says; what cannot be read is kept nowhere.
fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("a message that the rule cannot read is dropped");
    let alarm = Alarm {
        suffix: "Unreadable",
        description: format!("Messages of {} are no JSON that its SQL can read: they are dropped", this.path()),
        namespace: "AWS/IoT",
        metric: "ParseError",
        dimensions: vec![("RuleName", rule_name(this))],
        statistic: "Sum",
        period: 300,
        periods: 1,
        comparison: "GreaterThanThreshold",
        threshold: 0.0,
        origin,
    };
    lowering.add_alarm(this, alarm);
}

/// The name of the rule: AWS IoT takes letters, digits and underscores.
pub(super) fn rule_name(this: &Entry) -> Value {
    let origin = Origin::derived(&this.name.span, "things are named after their stack, and rules without hyphens");
    let name = format!("${{AWS::StackName}}-{}", this.name.value);
    Value::from_json(json!({ "Fn::Join": ["_", { "Fn::Split": ["-", { "Fn::Sub": name }] }] }), &origin)
}

/// The action that sends to a thing; what it needs is added to `statements`.
fn add_action(
    rule: &Rule,
    this: &Entry,
    (section, path, span): (&str, &str, &Span),
    statements: &mut Vec<Statement>,
    lowering: &mut Lowering<'_>,
) -> Option<Value> {
    let origin = Origin::authored(span);
    let receiver = lowering.model.entry(path)?;
    let attribute = |name| lowering.model.attribute(receiver, name, &origin);
    let role = Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin);
    let key = |given: &Option<Located<Text>>, default: &str, reason| match given {
        Some(key) => lowering.text(key, &key.span, Home::Application),
        None => Value::text(default, &this.derived(reason)),
    };
    let (kind, settings) = match section {
        "streams" => {
            let key = key(&rule.partition_key, "${newuuid()}", "records are spread evenly unless told otherwise");
            ("Kinesis", Value::map(&origin).with("StreamName", attribute("name")?).with("PartitionKey", key))
        }
        "deliveries" => {
            let separator = Value::text("\n", &this.derived("records are told apart by the ends of lines"));
            (
                "Firehose",
                Value::map(&origin).with("DeliveryStreamName", attribute("name")?).with("Separator", separator),
            )
        }
        "queues" => {
            let plain = Value::from_json(json!(false), &this.derived("a queue gets messages as they were sent"));
            ("Sqs", Value::map(&origin).with("QueueUrl", attribute("url")?).with("UseBase64", plain))
        }
        "topics" => {
            let raw = Value::text("RAW", &this.derived("a topic gets messages as they were sent"));
            ("Sns", Value::map(&origin).with("TargetArn", attribute("arn")?).with("MessageFormat", raw))
        }
        "buckets" => {
            let default = "${topic()}/${timestamp()}-${newuuid()}";
            let key = key(&rule.object_key, default, "every message becomes an object unless told otherwise");
            ("S3", Value::map(&origin).with("BucketName", attribute("name")?).with("Key", key))
        }
        "functions" => return call(this, path, &origin, lowering),
        _ => return None,
    };
    let grant = lowering.grant(path, Verb::Writes, &origin)?;
    statements.extend(grant.statements.into_iter().filter_map(|statement| statement.only(USED)));
    Some(Value::map(&origin).with(kind, settings.with("RoleArn", role)))
}

/// The action that calls a function, which lets the rule in.
fn call(this: &Entry, function: &str, origin: &Origin, lowering: &mut Lowering<'_>) -> Option<Value> {
    let rule = Value::get_att(logical_id(this.section, &this.name.value, ""), "Arn", origin);
    let sender = Sender { service: "iot.amazonaws.com", entry: this, source: Some(rule), origin: origin.clone() };
    let admission = lowering.admit(function, &sender)?;
    Some(Value::map(origin).with("Lambda", Value::map(origin).with("FunctionArn", admission.arn)))
}

/// Without an error action AWS IoT drops what it cannot deliver.
fn add_error_log(this: &Entry, statements: &mut Vec<Statement>, lowering: &mut Lowering<'_>) -> Value {
    let origin = this.derived("messages that cannot be delivered are logged unless told otherwise");
    let id = logical_id(this.section, &this.name.value, "Errors");
    let properties = Value::map(&origin)
        .with("LogGroupName", Value::sub(format!("/${{AWS::StackName}}/devices/{}", this.name.value), &origin))
        .with("RetentionInDays", Value::from_json(json!(LOG_RETENTION_DAYS), &origin));
    let group = lowering.add(Home::Application, this, "Errors", "AWS::Logs::LogGroup", properties);
    group.retain();
    statements.push(Statement::new(
        &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        vec![Value::get_att(&*id, "Arn", &origin)],
        &origin,
    ));
    let role = Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin);
    let settings = Value::map(&origin).with("LogGroupName", Value::reference(id, &origin)).with("RoleArn", role);
    Value::map(&origin).with("CloudwatchLogs", settings)
}
