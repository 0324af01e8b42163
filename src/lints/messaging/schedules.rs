//! Where schedules stand.

use crate::analysis::System;
use crate::analysis::schedule::Reader;
use crate::analysis::value::{entries, items, look, text_at};
use crate::desired::Value;

/// What says when something happens.
pub(super) struct Schedule<'a> {
    pub reader: Reader,
    pub expression: Option<&'a Value>,
    pub zone: Option<&'a Value>,
    pub window: Option<&'a Value>,
}

impl<'a> Schedule<'a> {
    fn new(reader: Reader, holder: &'a Value, expression: &str) -> Self {
        Self { reader, expression: look(holder, expression).found(), zone: None, window: None }
    }

    fn of_scheduler(holder: &'a Value) -> Self {
        Self {
            zone: look(holder, "/ScheduleExpressionTimezone").found(),
            window: look(holder, "/FlexibleTimeWindow").found(),
            ..Self::new(Reader::Scheduler, holder, "/ScheduleExpression")
        }
    }
}

/// The schedules of all resources.
pub(super) fn schedules<'a>(system: &System<'a>) -> Vec<Schedule<'a>> {
    let of = |resource_type: &str, properties: &'a Value| match resource_type {
        "AWS::Events::Rule" => vec![Schedule::new(Reader::Rule, properties, "/ScheduleExpression")],
        "AWS::Scheduler::Schedule" => vec![Schedule::of_scheduler(properties)],
        "AWS::Glue::Trigger" => vec![Schedule::new(Reader::Glue, properties, "/Schedule")],
        "AWS::Glue::Crawler" => vec![Schedule::new(Reader::Glue, properties, "/Schedule/ScheduleExpression")],
        "AWS::ApplicationAutoScaling::ScalableTarget" => scheduled_actions(properties),
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => events(properties),
        _ => Vec::new(),
    };
    system.sites().flat_map(|site| of(&site.resource.resource_type, &site.resource.properties)).collect()
}

fn scheduled_actions(properties: &Value) -> Vec<Schedule<'_>> {
    let actions = look(properties, "/ScheduledActions").found().map(items).unwrap_or_default();
    let schedule = |action| Schedule {
        zone: look(action, "/Timezone").found(),
        ..Schedule::new(Reader::Autoscaling, action, "/Schedule")
    };
    actions.into_iter().map(schedule).collect()
}

/// Of a function or state machine in the language of SAM.
fn events(properties: &Value) -> Vec<Schedule<'_>> {
    let events = look(properties, "/Events").found().map(entries).unwrap_or_default();
    let schedule = |event| match (text_at(event, "/Type").as_deref(), look(event, "/Properties").found()) {
        (Some("Schedule"), Some(properties)) => Some(Schedule::new(Reader::Rule, properties, "/Schedule")),
        (Some("ScheduleV2"), Some(properties)) => Some(Schedule::of_scheduler(properties)),
        _ => None,
    };
    events.iter().filter_map(|(_, event)| schedule(event)).collect()
}
