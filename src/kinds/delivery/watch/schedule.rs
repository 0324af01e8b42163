//! What starts the build at its times, and what tells of a start that failed.
//!
//! A build that was never started tells nothing, and no event says so: the service is busy, the project is gone or its key
//! is. EventBridge Scheduler tries again for a while and then sends the start that failed to a queue, under the schedule's
//! own role; whatever waits there raises an alarm. EventBridge Scheduler user guide, "Configuring a dead-letter queue for
//! EventBridge Scheduler". Read 2026-11-21.

use serde_json::json;

use super::{PROJECT, THING, TOPIC, Watch};
use crate::desired::{Origin, Value};
use crate::model::{Home, Lowering, Role, Statement};

const SCHEDULE: &str = "DriftSchedule";
const SCHEDULE_ROLE: &str = "DriftScheduleRole";
/// What could not be started.
const MISSED: &str = "DriftMissed";
pub(super) const ALARM: &str = "DriftMissedAlarm";
/// How long a start is tried again: a person is to know before the next look in most cases.
const TRIED_SECONDS: i64 = 3600;
/// How long a start that failed is kept, and the alarm with it: the next one that fails is to be told too.
const KEPT_SECONDS: i64 = 86_400;

impl Watch<'_> {
    pub(super) fn add_schedule(&self, lowering: &mut Lowering<'_>) {
        let origin = &self.origin;
        let project = Value::get_att(PROJECT, "Arn", origin);
        let missed = Value::get_att(MISSED, "Arn", origin);
        let statements = vec![
            Statement::new(&["codebuild:StartBuild"], vec![project.clone()], origin),
            Statement::new(&["sqs:SendMessage"], vec![missed.clone()], origin),
        ];
        let role = Role::new("scheduler.amazonaws.com", statements).to_value(origin);
        lowering.add_shared(Home::Delivery, SCHEDULE_ROLE, "AWS::IAM::Role", THING, role);
        let retries = Value::from_json(json!({ "MaximumEventAgeInSeconds": TRIED_SECONDS }), origin);
        let target = Value::map(origin)
            .with("Arn", project)
            .with("RoleArn", Value::get_att(SCHEDULE_ROLE, "Arn", origin))
            .with("RetryPolicy", retries)
            .with("DeadLetterConfig", Value::map(origin).with("Arn", missed));
        let zone = self.drift.time_zone.as_ref();
        let zone = zone.map(|zone| Value::text(&*zone.value.0, &Origin::authored(&zone.span)));
        let properties = Value::map(&self.schedule.origin)
            .with("Description", Value::text("Starts the comparison of the account with the document", origin))
            .with("ScheduleExpression", self.schedule.clone())
            .with_some("ScheduleExpressionTimezone", zone)
            .with("FlexibleTimeWindow", Value::from_json(json!({ "Mode": "OFF" }), origin))
            .with("State", Value::text("ENABLED", origin))
            .with("Target", target);
        lowering.add_shared(Home::Delivery, SCHEDULE, "AWS::Scheduler::Schedule", THING, properties);
        self.add_missed(lowering);
    }

    fn add_missed(&self, lowering: &mut Lowering<'_>) {
        let origin = &self.origin;
        let queue = json!({ "MessageRetentionPeriod": KEPT_SECONDS, "SqsManagedSseEnabled": true });
        let queue = Value::from_json(queue, origin);
        let queue = lowering.add_shared(Home::Delivery, MISSED, "AWS::SQS::Queue", THING, queue);
        queue.deletion_policy = Some("Delete");
        queue.update_replace_policy = Some("Delete");
        let alarm = json!({
            "AlarmDescription": "The scheduled look at the account could not be started: why is in the messages of the queue",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{ "Name": "QueueName", "Value": { "Fn::GetAtt": [MISSED, "QueueName"] } }],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{ "Ref": TOPIC }],
        });
        let alarm = Value::from_json(alarm, origin);
        lowering.add_shared(Home::Delivery, ALARM, "AWS::CloudWatch::Alarm", THING, alarm);
    }
}
