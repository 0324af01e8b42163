use super::fifo::is_set;
use crate::analysis::System;
use crate::analysis::value::{boolean, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sqs/fifo-setting-of-standard-queue",
        level: Level::Warning,
        page: include_str!("fifo_setting_of_standard_queue.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SQS::Queue") {
        let properties = &site.resource.properties;
        if is_set(properties, "/FifoQueue") != Some(false) {
            continue;
        }
        for name in ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"] {
            let Some(setting) = look(properties, &format!("/{name}")).found() else { continue };
            if boolean(setting) != Some(false) {
                let message = format!("`{name}` is an attribute of FIFO queues, which SQS does not know of this one");
                let help = format!("remove `{name}`, or add `FifoQueue: true`, which makes a new queue");
                findings.push(Diagnostic::new(&LINT.rule, setting.key_span(), message).help(help));
            }
        }
    }
}
