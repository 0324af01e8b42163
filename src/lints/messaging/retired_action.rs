use super::iot::actions;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::lifecycle::{Stage, retirement};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/retired-action", level: Level::Warning, page: include_str!("retired_action.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule") {
        for (kind, action) in actions(&site.resource.properties) {
            let (name, service) = match kind {
                "IotAnalytics" => ("IoT Analytics", "AWS::IoTAnalytics"),
                "IotEvents" => ("IoT Events", "AWS::IoTEvents"),
                _ => continue,
            };
            let Some((Stage::Shutdown, Some(date))) = retirement(service) else { continue };
            let message = format!("{name} was shut down on {date}: the action fails for every message");
            let help = "send the messages to a stream, a queue or a function, and remove this action";
            findings.push(Diagnostic::new(&LINT.rule, action.key_span(), message).help(help));
        }
    }
}
