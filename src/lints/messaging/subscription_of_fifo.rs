use super::fifo::is_set;
use super::subscriptions::subscriptions;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sns/subscription-of-fifo", level: Level::Error, page: include_str!("subscription_of_fifo.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for subscription in subscriptions(system) {
        let Some(topic) = subscription.topic else { continue };
        let Some(protocol) = subscription.protocol_name() else { continue };
        let receiver = subscription.receiver().filter(|(_, queue)| queue.resource_type == "AWS::SQS::Queue");
        let is_fifo_queue = receiver.and_then(|(_, queue)| is_set(&queue.properties, "/FifoQueue"));
        let (message, help) = match (is_set(&topic.properties, "/FifoTopic"), is_fifo_queue) {
            (Some(true), _) if protocol != "sqs" => (
                format!("a FIFO topic sends to queues only, and SNS refuses the protocol `{protocol}`"),
                "subscribe a queue, and let it be read from there; or remove `FifoTopic`",
            ),
            (Some(false), Some(true)) => (
                "the topic keeps no order, and SNS refuses to subscribe a FIFO queue to it".to_owned(),
                "add `FifoTopic: true` to the topic, or remove `FifoQueue` from the queue",
            ),
            _ => continue,
        };
        findings.push(
            Diagnostic::new(&LINT.rule, &subscription.protocol.origin.span, message)
                .related(&topic.origin.span, "the topic")
                .help(help),
        );
    }
}
