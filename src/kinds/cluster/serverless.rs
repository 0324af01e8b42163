//! The resources of an EMR Serverless application: log group, role of its jobs, application.

use serde_json::json;

use super::{EmrCluster, EmrServerless, Engine, GIBIBYTE, MINUTE, steps};
use crate::desired::{Origin, Value, ValueKind};
use crate::kinds::network::{Staying, place};
use crate::model::{Entry, Home, Lowering, Role, Statement, logical_id};

const IDLE_MINUTES: u64 = 15;
const LOG_RETENTION_DAYS: i64 = 30;

pub(super) fn lower(cluster: &EmrCluster, serverless: &EmrServerless, this: &Entry, lowering: &mut Lowering<'_>) {
    let logs = this.derived("jobs write a log");
    let group = logical_id(this.section, &this.name.value, "Logs");
    add_role(cluster, &group, this, lowering);
    let log_group = Value::map(&logs)
        .with("LogGroupName", Value::sub(format!("/${{AWS::StackName}}/{}", this.name.value), &logs))
        .with("RetentionInDays", Value::new(ValueKind::Integer(LOG_RETENTION_DAYS), &logs));
    let resource = lowering.add(Home::Application, this, "Logs", "AWS::Logs::LogGroup", log_group);
    resource.deletion_policy = Some("Delete");
    resource.update_replace_policy = Some("Delete");

    let engine = match serverless.kind.value {
        Engine::Spark => "Spark",
        Engine::Hive => "Hive",
    };
    let cpu = Origin::authored(&serverless.limit.cpu.span);
    let memory = Origin::authored(&serverless.limit.memory.span);
    let limit = Value::map(&Origin::authored(&serverless.limit.span))
        .with("Cpu", Value::text(format!("{} vCPU", serverless.limit.cpu.0), &cpu))
        .with("Memory", Value::text(format!("{} GB", serverless.limit.memory.0 / GIBIBYTE), &memory));
    let started = this.derived("a job starts the application, which stops when it is idle");
    let idle = match &serverless.idle {
        Some(idle) => Value::new(ValueKind::Integer((idle.0 / MINUTE) as i64), &Origin::authored(&idle.span)),
        None => Value::new(ValueKind::Integer(IDLE_MINUTES as i64), &started),
    };
    let stop = Value::from_json(json!({ "Enabled": true }), &started).with("IdleTimeoutMinutes", idle);
    let logging =
        Value::from_json(json!({ "Enabled": true }), &logs).with("LogGroupName", Value::reference(group, &logs));
    let network = serverless.network.as_ref().and_then(|network| {
        let origin = Origin::authored(&network.span);
        let place = place(network, this, Staying::Removed, lowering)?;
        let config = Value::map(&origin).with("SubnetIds", place.subnet_list(&origin));
        Some(config.with("SecurityGroupIds", place.group_list(&origin)))
    });
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("Name", lowering.physical_name(this))
        .with("ReleaseLabel", Value::text(&*serverless.release.text, &Origin::authored(&serverless.release.span)))
        .with("Type", Value::text(engine, &Origin::authored(&serverless.kind.span)))
        .with("MaximumCapacity", limit)
        .with("AutoStartConfiguration", Value::from_json(json!({ "Enabled": true }), &started))
        .with("AutoStopConfiguration", stop)
        .with("MonitoringConfiguration", Value::map(&logs).with("CloudWatchLoggingConfiguration", logging))
        .with_some("NetworkConfiguration", network);
    lowering.add(Home::Application, this, "", "AWS::EMRServerless::Application", properties);
}

fn add_role(cluster: &EmrCluster, log_group: &str, this: &Entry, lowering: &mut Lowering<'_>) {
    let mut statements = cluster.job_statements(lowering);
    statements.extend(steps::code_statements(cluster, lowering.model));
    let logs = this.derived("jobs write a log");
    let arn = Value::get_att(log_group, "Arn", &logs);
    let actions = &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
    statements.push(Statement::new(actions, vec![arn], &logs));
    statements.push(Statement::new(&["logs:DescribeLogGroups"], vec![Value::text("*", &logs)], &logs));
    let origin = this.derived("jobs run under a role of their own");
    lowering.add_role(Home::Application, this, &Role::new("emr-serverless.amazonaws.com", statements), &origin);
}
