//! The resources of a workflow: log group, role, state machine, alarms.

use serde_json::json;

use super::definition::{Definition, any, find};
use super::{LogLevel, Type, Workflow, arn, executions};
use crate::desired::{Origin, Value, ValueKind};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Statement, Thing, Verb, logical_id};
use crate::spec::Free;

const LOG_RETENTION_DAYS: i64 = 30;

pub(super) fn lower(workflow: &Workflow, this: &Entry, lowering: &mut Lowering<'_>) {
    let Definition::Found(definition) = find(workflow, lowering.model) else { return };
    let (mut statements, _) = lowering.wire(&workflow.links());
    statements.extend(own_statements(workflow, &definition.value, this, lowering));
    let role_origin = this.derived("a workflow runs under a role of its own");
    let role = lowering.add_role(Home::Application, this, &Role::new("states.amazonaws.com", statements), &role_origin);

    let logging = add_log(workflow, this, lowering);
    let kind = match &workflow.kind {
        Some(kind) => Value::text(kind.word().to_uppercase(), &Origin::authored(&kind.span)),
        None => Value::text("STANDARD", &this.derived("each state runs once unless told otherwise")),
    };
    let written = workflow.file.as_ref().map_or(&definition.span, |file| &file.span);
    let names = workflow.names(lowering.model);
    let text = lowering.json_text(&definition.value, written, Home::Application, &names);
    let tracing = this.derived("traces show where an execution spends its time");
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("StateMachineName", lowering.physical_name(this))
        .with("StateMachineType", kind)
        .with("DefinitionString", text)
        .with("RoleArn", role)
        .with("LoggingConfiguration", logging)
        .with("TracingConfiguration", Value::from_json(json!({ "Enabled": true }), &tracing));
    lowering.add(Home::Application, this, "", "AWS::StepFunctions::StateMachine", properties);
    add_alarms(this, lowering);
}

/// What a workflow needs beside the things that it is wired to.
fn own_statements(workflow: &Workflow, definition: &Free, this: &Entry, lowering: &Lowering<'_>) -> Vec<Statement> {
    let everything = |origin: &Origin| vec![Value::text("*", origin)];
    let logs = this.derived("Step Functions delivers the log by the workflow's role; these actions take no resource");
    let traces = this.derived("traces take no resource");
    let mut statements = vec![
        Statement::new(
            &[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            everything(&logs),
            &logs,
        ),
        Statement::new(
            &["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            everything(&traces),
            &traces,
        ),
    ];
    if any(definition, "Resource", &|arn| arn.contains(":states:startExecution.sync")) {
        statements.extend(waiting(workflow, this, lowering));
    }
    if any(definition, "Mode", &|mode| mode == "DISTRIBUTED") {
        let origin = this.derived("a distributed map runs its items as executions of the same workflow");
        let name = format!("${{AWS::StackName}}-{}", this.name.value);
        let itself = Value::sub(arn(&name), &origin);
        let runs = Value::sub(executions(&name), &origin);
        statements.push(Statement::new(&["states:StartExecution"], vec![itself], &origin));
        statements.push(Statement::new(&["states:DescribeExecution", "states:StopExecution"], vec![runs], &origin));
    }
    statements
}

/// A workflow that waits for another is told of its end by a rule that Step Functions makes.
fn waiting(workflow: &Workflow, this: &Entry, lowering: &Lowering<'_>) -> Vec<Statement> {
    let origin = this.derived("it waits until the workflows that it calls end");
    let called = workflow.links().into_iter().filter(|link| link.verb == Verb::Calls);
    let runs: Vec<Value> = called
        .filter_map(|link| lowering.model.thing::<Workflow>(&link.target))
        .map(|(entry, _)| Value::sub(executions(&format!("${{AWS::StackName}}-{}", entry.name.value)), &origin))
        .collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let rule = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";
    vec![
        Statement::new(&["states:DescribeExecution", "states:StopExecution"], runs, &origin),
        Statement::new(
            &["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            vec![Value::sub(rule, &origin)],
            &origin,
        ),
    ]
}

/// Adds the log group, and gives the setting that names it.
fn add_log(workflow: &Workflow, this: &Entry, lowering: &mut Lowering<'_>) -> Value {
    let logs = this.derived("a workflow writes a log");
    // Log groups under `/aws/vendedlogs/` do not use up the account's resource policy.
    let name = format!("/aws/vendedlogs/states/${{AWS::StackName}}-{}", this.name.value);
    let group = Value::map(&logs)
        .with("LogGroupName", Value::sub(name, &logs))
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &logs));
    let id = logical_id(this.section, &this.name.value, "Logs");
    let group = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", group);
    group.deletion_policy = Some("Delete");
    group.update_replace_policy = Some("Delete");
    let default = match workflow.kind.as_ref().map(|kind| kind.value) {
        Some(Type::Express) => LogLevel::All,
        Some(Type::Standard) | None => LogLevel::Error,
    };
    let level = match &workflow.log_level {
        Some(level) => Value::text(level.word().to_uppercase(), &Origin::authored(&level.span)),
        None => Value::text(default.word().to_uppercase(), &logs),
    };
    let data = match &workflow.log_data {
        Some(data) => Value::new(ValueKind::Boolean(data.value), &Origin::authored(&data.span)),
        None => Value::new(ValueKind::Boolean(false), &this.derived("data stays out of the log unless told otherwise")),
    };
    let arn = Value::map(&logs).with("LogGroupArn", Value::get_att(id, "Arn", &logs));
    Value::map(&logs)
        .with("Level", level)
        .with("IncludeExecutionData", data)
        .with("Destinations", Value::list(vec![Value::map(&logs).with("CloudWatchLogsLogGroup", arn)], &logs))
}

fn add_alarms(this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("an execution that fails leaves its work undone");
    let machine = Value::reference(logical_id(this.section, &this.name.value, ""), &origin);
    for (suffix, metric, description) in [
        ("Failing", "ExecutionsFailed", format!("Executions of {} fail", this.path())),
        ("TimedOut", "ExecutionsTimedOut", format!("Executions of {} run out of time", this.path())),
    ] {
        lowering.add_alarm(
            this,
            Alarm {
                suffix,
                description,
                namespace: "AWS/States",
                metric,
                dimensions: vec![("StateMachineArn", machine.clone())],
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
