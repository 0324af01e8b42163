use super::iot::actions;
use crate::analysis::System;
use crate::analysis::value::{integer, look, target, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "iot/constant-partition-key",
        level: Level::Warning,
        page: include_str!("constant_partition_key.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule") {
        for (_, action) in actions(&site.resource.properties).into_iter().filter(|(kind, _)| *kind == "Kinesis") {
            let Some(key) = look(action, "/PartitionKey").found() else { continue };
            let Some(constant) = text(key).filter(|key| !key.contains("${")) else { continue };
            let stream = look(action, "/StreamName").found().and_then(target);
            let stream = stream.and_then(|name| site.stack.resources.get(name));
            let shards = stream.and_then(|stream| look(&stream.properties, "/ShardCount").found());
            if shards.and_then(integer) == Some(1) {
                continue;
            }
            let message = format!("all messages have the partition key `{constant}` and go to one shard of the stream");
            let help = "write `${newuuid()}`, or what keeps the messages of one device in order, e.g. `${topic()}`";
            findings.push(Diagnostic::new(&LINT.rule, &key.origin.span, message).help(help));
        }
    }
}
