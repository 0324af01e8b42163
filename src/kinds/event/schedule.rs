//! The resources of a schedule: group, role, schedule.

use serde_json::json;

use super::{EventRule, ScheduleExpression, input};
use crate::desired::{Origin, Value};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Sender};
use crate::source::Located;
use crate::spec::Matching;

const SERVICE: &str = "scheduler.amazonaws.com";
const GROUP: &str = "Schedules";

pub(super) fn lower(
    event: &EventRule,
    expression: &Located<Matching<ScheduleExpression>>,
    this: &Entry,
    lowering: &mut Lowering<'_>,
) {
    let Some(to) = event.to.value.0.first() else { return };
    let home = event.home(lowering.model);
    let (settings, dead_letters) = event.failure(this, (SERVICE, None), lowering);
    let target_origin = Origin::authored(&to.span);
    let sender = Sender { service: SERVICE, entry: this, source: None, origin: target_origin.clone() };
    let Some(admission) = lowering.admit(&to.path(), &sender) else { return };
    let mut statements = admission.statements;
    statements.extend(dead_letters.into_iter().flat_map(|admission| admission.statements));
    let role_origin = this.derived("the schedule sends under a role of its own");
    let role = lowering.add_role(home, this, &Role::new(SERVICE, statements), &role_origin);

    let grouped = this.derived("the schedules of a stack are a group, which carries its tags");
    let group = Value::map(&grouped).with("Name", Value::sub("${AWS::StackName}-schedules", &grouped));
    lowering.add_shared(home, GROUP, "AWS::Scheduler::ScheduleGroup", this.section, group);
    let mut target = Value::map(&target_origin).with("Arn", admission.arn).with("RoleArn", role);
    if to.section == "streams" {
        let key = this.derived("a stream wants a partition key, and a schedule is one source");
        let parameters = Value::map(&key).with("PartitionKey", Value::text(&*this.name.value, &key));
        target.set("KinesisParameters", parameters);
    }
    for (key, value) in input::setting(event, home, lowering).into_iter().chain(settings) {
        target.set(key, value);
    }
    let zone = event.time_zone.as_ref().map(|zone| Value::text(&*zone.value.0, &Origin::authored(&zone.span)));
    let window = this.derived("it starts at its time, and not some minutes later");
    let properties = Value::map(&Origin::authored(&this.name.span))
        .with("Name", lowering.physical_name(this))
        .with("GroupName", Value::reference(GROUP, &grouped))
        .with("ScheduleExpression", Value::text(&*expression.text, &Origin::authored(&expression.span)))
        .with_some("ScheduleExpressionTimezone", zone)
        .with("FlexibleTimeWindow", Value::from_json(json!({ "Mode": "OFF" }), &window))
        .with("State", event.state(this))
        .with("Target", target);
    lowering.add(home, this, "", "AWS::Scheduler::Schedule", properties);
    if home == Home::Application {
        add_alarm(this, lowering);
    }
}

/// EventBridge Scheduler counts by group, and one group holds all schedules of a stack: one alarm is enough.
fn add_alarm(this: &Entry, lowering: &mut Lowering<'_>) {
    let schedules = lowering.model.entries.iter().filter(|entry| {
        let schedule = lowering.model.thing::<EventRule>(&entry.path());
        schedule.is_some_and(|(_, it)| it.schedule.is_some() && it.home(lowering.model) == Home::Application)
    });
    if schedules.map(Entry::path).next() != Some(this.path()) {
        return;
    }
    let origin = this.derived("what a schedule should have started does not run");
    let alarm = Alarm {
        suffix: "Dropped",
        description: format!("A schedule gave up to start what it is for, {} or another of the stack", this.path()),
        namespace: "AWS/Scheduler",
        metric: "InvocationDroppedCount",
        dimensions: vec![("ScheduleGroup", Value::reference(GROUP, &origin))],
        statistic: "Sum",
        period: 300,
        periods: 1,
        comparison: "GreaterThanThreshold",
        threshold: 0.0,
        origin,
    };
    lowering.add_alarm(this, alarm);
}
