use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "kinesis/repeated-consumer", level: Level::Error, page: include_str!("repeated_consumer.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let consumers = system.of_type("AWS::Kinesis::StreamConsumer").filter(|site| {
            // One with a condition may be there when the other is not.
            std::ptr::eq(site.stack, stack) && site.resource.condition.is_none()
        });
        let named = consumers.filter_map(|site| {
            let properties = &site.resource.properties;
            Some((look(properties, "/StreamARN").found()?, look(properties, "/ConsumerName").found()?))
        });
        let mut seen: Vec<(&Value, &Value)> = Vec::new();
        for (stream, name) in named {
            let Some(written) = text(name) else { continue };
            let first = seen.iter().find(|(of, other)| text(other).as_deref() == Some(&*written) && *of == stream);
            if let Some((_, first)) = first {
                let message =
                    format!("the stream has a consumer `{written}` already, and Kinesis refuses a second one");
                findings.push(
                    Diagnostic::new(&LINT.rule, &name.origin.span, message)
                        .related(&first.origin.span, "the first one")
                        .help("give it a name of its own"),
                );
            } else {
                seen.push((stream, name));
            }
        }
    }
}
