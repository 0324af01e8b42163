//! What devices may do: an AWS IoT policy for their certificates.

use serde_json::json;

use super::{Rule, rules};
use crate::desired::{Origin, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Entry, Home, Lowering};
use crate::spec::Part;

const IOT: &str = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}";

pub(super) fn check(rule: &Rule, report: &mut Vec<Diagnostic>) {
    let Some(publish) = &rule.publish else { return };
    let literals = publish.parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text),
        Part::Expression(_) => None,
    });
    let Some(wildcard) = literals.flat_map(|text| text.chars()).find(|letter| "*?+#".contains(*letter)) else { return };
    let message = match wildcard {
        '+' | '#' => {
            format!("a device publishes to one topic, and `{wildcard}` stands for many only when it subscribes")
        }
        _ => format!("`{wildcard}` would let every device publish under the names of all others"),
    };
    report.push(
        Diagnostic::new(&rules::PUBLISH, &publish.span, message)
            .label("not one topic")
            .help("write `${iot:Connection.Thing.ThingName}` where the name of the device stands"),
    );
}

pub(super) fn add(rule: &Rule, this: &Entry, lowering: &mut Lowering<'_>) {
    let Some(publish) = &rule.publish else { return };
    let origin = Origin::authored(&publish.span);
    let connect = Origin::derived(&publish.span, "a device connects under the name of its thing, and no two under one");
    let client = Value::sub(format!("{IOT}:client/${{!iot:Connection.Thing.ThingName}}"), &connect);
    let attached = json!({ "Bool": { "iot:Connection.Thing.IsAttached": "true" } });
    let topic = lowering.text_after(&format!("{IOT}:topic/"), publish, &origin, Home::Application);
    let statement = |action: &str, resource: Value, origin: &Origin| {
        Value::from_json(json!({ "Effect": "Allow", "Action": action }), origin).with("Resource", resource)
    };
    let statements = vec![
        statement("iot:Connect", client, &connect).with("Condition", Value::from_json(attached, &connect)),
        statement("iot:Publish", topic, &origin),
    ];
    let document = Value::from_json(json!({ "Version": "2012-10-17" }), &origin)
        .with("Statement", Value::list(statements, &origin));
    let properties =
        Value::map(&origin).with("PolicyName", lowering.physical_name(this)).with("PolicyDocument", document);
    lowering.add(Home::Application, this, "Policy", "AWS::IoT::Policy", properties);
}
