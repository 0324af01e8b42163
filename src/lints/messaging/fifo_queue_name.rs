use super::fifo::{ends_as_fifo, is_set};
use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sqs/fifo-name", level: Level::Error, page: include_str!("fifo_queue_name.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SQS::Queue") {
        let properties = &site.resource.properties;
        let Some(is_fifo) = is_set(properties, "/FifoQueue") else { continue };
        let name = look(properties, "/QueueName").found();
        for name in name.map(alternatives).unwrap_or_default() {
            let (message, help) = match (is_fifo, ends_as_fifo(name)) {
                (true, Some(false)) => (
                    "the queue keeps the order, and AWS refuses its name, which does not end with `.fifo`",
                    "add `.fifo` to the name, or remove `FifoQueue`",
                ),
                (false, Some(true)) => (
                    "only a queue that keeps the order may be called `.fifo`, and AWS refuses the name",
                    "add `FifoQueue: true`, or take `.fifo` off the name",
                ),
                _ => continue,
            };
            findings.push(Diagnostic::new(&LINT.rule, &name.origin.span, message).help(help));
        }
    }
}
