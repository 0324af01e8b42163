use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::event_source::event_sources;
use crate::analysis::value::{look, target};
use crate::desired::Stack;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/queue-without-dead-letters",
        level: Level::Info,
        page: include_str!("queue_without_dead_letters.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for source in event_sources(system) {
        let Some((id, queue)) = source.source().filter(|(_, it)| it.resource_type == "AWS::SQS::Queue") else {
            continue;
        };
        if look(&queue.properties, "/RedrivePolicy").is_absent()
            && !source.stack.open
            && !takes_dead_letters(source.stack, id)
            && told.insert((source.stack.role.clone(), id))
        {
            let message = format!(
                "a message of `{id}` that makes the function fail comes back until it expires, and is then lost"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &queue.origin.span, message).related(source.span, "where it is read").help(
                    "add a `RedrivePolicy` with a second queue as `deadLetterTargetArn` and `maxReceiveCount: 5`; in a `pipeline.yaml`, `dead-letters: {to: queues.failures, after: 5}`",
                ),
            );
        }
    }
}

fn takes_dead_letters(stack: &Stack, id: &str) -> bool {
    stack.resources.values().any(|it| {
        [
            "/RedrivePolicy/deadLetterTargetArn",
            "/DeadLetterConfig/TargetArn",
            "/DestinationConfig/OnFailure/Destination",
        ]
        .iter()
        .any(|pointer| look(&it.properties, pointer).found().and_then(target) == Some(id))
    })
}
