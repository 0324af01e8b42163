use crate::analysis::System;
use crate::analysis::firehose::{destinations, processor_type};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/logs-without-decompression",
        level: Level::Error,
        page: include_str!("logs_without_decompression.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let processors = destination.active_processors();
        let find = |wanted: &str| processors.iter().find(|it| processor_type(it).as_deref() == Some(wanted));
        if let (Some(logs), None) = (find("CloudWatchLogProcessing"), find("Decompression")) {
            let message = "CloudWatch Logs sends its records compressed, and Firehose refuses to process them so";
            findings.push(
                Diagnostic::new(&LINT.rule, &logs.origin.span, message)
                    .help("add a processor of `Type: Decompression` before it"),
            );
        }
    }
}
