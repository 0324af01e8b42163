use super::fifo::is_set;
use crate::analysis::System;
use crate::analysis::value::{look, target};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sqs/dead-letter-kind", level: Level::Error, page: include_str!("dead_letter_kind.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SQS::Queue") {
        let properties = &site.resource.properties;
        let place = look(properties, "/RedrivePolicy/deadLetterTargetArn").found();
        let Some((place, name)) = place.and_then(|place| Some((place, target(place)?))) else { continue };
        let Some(dead) = site.stack.resources.get(name) else { continue };
        if dead.resource_type != "AWS::SQS::Queue" {
            continue;
        }
        let (message, help) = match (is_set(properties, "/FifoQueue"), is_set(&dead.properties, "/FifoQueue")) {
            (Some(true), Some(false)) => (
                format!(
                    "`{name}` does not keep the order, and SQS refuses it as the dead-letter queue of one that does"
                ),
                format!("add `FifoQueue: true` to `{name}`"),
            ),
            (Some(false), Some(true)) => (
                format!("`{name}` keeps the order, and SQS refuses it as the dead-letter queue of one that does not"),
                format!("remove `FifoQueue` from `{name}`, or use another queue"),
            ),
            _ => continue,
        };
        findings.push(
            Diagnostic::new(&LINT.rule, &place.origin.span, message)
                .related(&dead.origin.span, "the dead-letter queue")
                .help(help),
        );
    }
}
