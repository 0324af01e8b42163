//! The resources of a rule: what lets it in, role, rule, alarm.

use serde_json::json;

use super::{EventRule, Happening, input};
use crate::desired::{Origin, Value};
use crate::model::{Alarm, Entry, Home, Lowering, Role, Sender, logical_id};

const SERVICE: &str = "events.amazonaws.com";

pub(super) fn lower(event: &EventRule, this: &Entry, lowering: &mut Lowering<'_>) {
    let home = event.home(lowering.model);
    let origin = Origin::authored(&this.name.span);
    // By its name, so that what lets it in can be there before it is.
    let source = Value::sub(source_arn(event, this), &origin);
    let (settings, admitted) = event.failure(this, (SERVICE, Some(&source)), lowering);
    let mut after: Vec<String> = admitted.into_iter().filter_map(|admission| admission.after).collect();
    let input = input::setting(event, home, lowering);
    let mut statements = Vec::new();
    let mut targets = Vec::new();
    for to in &event.to.value.0 {
        let origin = Origin::authored(&to.span);
        let sender = Sender { service: SERVICE, entry: this, source: Some(source.clone()), origin: origin.clone() };
        let Some(admission) = lowering.admit(&to.path(), &sender) else { continue };
        let role = (!admission.statements.is_empty())
            .then(|| Value::get_att(logical_id(this.section, &this.name.value, "Role"), "Arn", &origin));
        let mut target = Value::map(&origin)
            .with("Id", Value::text(to.path().replace('.', "-"), &origin))
            .with("Arn", admission.arn)
            .with_some("RoleArn", role);
        for (key, value) in input.iter().chain(&settings) {
            target.set(*key, value.clone());
        }
        statements.extend(admission.statements);
        after.extend(admission.after);
        targets.push(target);
    }
    if !statements.is_empty() {
        let role_origin = this.derived("the rule sends under a role of its own");
        lowering.add_role(home, this, &Role::new(SERVICE, statements), &role_origin);
    }
    let bus = event
        .bus
        .as_ref()
        .map(|bus| Value::reference(logical_id(&bus.section, &bus.name, ""), &Origin::authored(&bus.span)));
    let properties = Value::map(&origin)
        .with("Name", lowering.physical_name(this))
        .with_some("EventBusName", bus)
        .with_some("EventPattern", pattern(event, home, lowering))
        .with("State", event.state(this))
        .with("Targets", Value::list(targets, &Origin::authored(&event.to.span)));
    after.sort();
    after.dedup();
    lowering.add(home, this, "", "AWS::Events::Rule", properties).depends_on = after;
    if home == Home::Application {
        add_alarms(event, this, lowering);
    }
}

fn rule_name(this: &Entry) -> String {
    format!("${{AWS::StackName}}-{}", this.name.value)
}

/// The ARN that the rule will have.
fn source_arn(event: &EventRule, this: &Entry) -> String {
    let bus = event.bus.as_ref().map_or(String::new(), |bus| format!("${{AWS::StackName}}-{}/", bus.name));
    format!("arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{bus}{}", rule_name(this))
}

fn pattern(event: &EventRule, home: Home, lowering: &Lowering<'_>) -> Option<Value> {
    if let Some(pattern) = &event.pattern {
        return Some(lowering.free(&pattern.value.0, &pattern.span, home));
    }
    let (bucket, span, more) = event.bucket()?;
    let origin = Origin::authored(span);
    let deleted = more.and_then(|more| more.when.as_ref()).is_some_and(|when| when.value == Happening::Deleted);
    let text = |part: &crate::source::Located<crate::spec::PlainText>| part.value.0.clone();
    let prefix = more.and_then(|more| more.prefix.as_ref()).map(text);
    let suffix = more.and_then(|more| more.suffix.as_ref()).map(text);
    let key = match (prefix, suffix) {
        (None, None) => None,
        (Some(prefix), None) => Some(json!({ "prefix": prefix })),
        (None, Some(suffix)) => Some(json!({ "suffix": suffix })),
        // Two filters in a list would be alternatives.
        (Some(prefix), Some(suffix)) => {
            let literal = |text: String| text.replace('\\', "\\\\").replace('*', "\\*");
            Some(json!({ "wildcard": format!("{}*{}", literal(prefix), literal(suffix)) }))
        }
    };
    let pattern = json!({
        "source": ["aws.s3"],
        "detail-type": [if deleted { "Object Deleted" } else { "Object Created" }],
        "detail": {
            "bucket": { "name": [{ "Ref": logical_id(&bucket.section, &bucket.name, "") }] },
            "object": key.map(|key| json!({ "key": [key] })),
        },
    });
    Some(Value::from_json(pattern, &origin))
}

fn add_alarms(event: &EventRule, this: &Entry, lowering: &mut Lowering<'_>) {
    let origin = this.derived("an event that could not be sent is lost, or waits among the dead letters");
    let alarm = |suffix, description, metric| Alarm {
        suffix,
        description,
        namespace: "AWS/Events",
        metric,
        dimensions: dimensions(event, this, &origin),
        statistic: "Sum",
        period: 300,
        periods: 1,
        comparison: "GreaterThanThreshold",
        threshold: 0.0,
        origin: origin.clone(),
    };
    let failing = format!("Events of {} do not reach what they are for", this.path());
    lowering.add_alarm(this, alarm("Failing", failing, "FailedInvocations"));
    if let Some(queue) = &event.dead_letters {
        let lost = format!("Events of {} do not even reach {}: they are lost", this.path(), queue.path());
        lowering.add_alarm(this, alarm("Lost", lost, "InvocationsFailedToBeSentToDlq"));
    }
}

/// The dimensions of the rule's metrics.
pub(super) fn dimensions(event: &EventRule, this: &Entry, origin: &Origin) -> Vec<(&'static str, Value)> {
    let bus = event.bus.as_ref();
    let bus = bus.map(|bus| ("EventBusName", Value::reference(logical_id(&bus.section, &bus.name, ""), origin)));
    bus.into_iter().chain([("RuleName", Value::sub(rule_name(this), origin))]).collect()
}
