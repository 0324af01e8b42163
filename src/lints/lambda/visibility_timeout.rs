use super::queues::pairs;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/visibility-timeout", level: Level::Error, page: include_str!("visibility_timeout.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for pair in pairs(system).iter().filter(|pair| pair.visibility < pair.timeout) {
        let message = format!(
            "`{}` shows a message again after {} seconds, while the function may still work on it for up to {}, so \
             Lambda refuses to read the queue",
            pair.queue, pair.visibility, pair.timeout
        );
        findings.push(
            Diagnostic::new(&LINT.rule, pair.visibility_span, message)
                .related(pair.timeout_span, "how long the function may take")
                .help(format!(
                    "set `VisibilityTimeout` of the queue to at least {0}; in a `pipeline.yaml`, write `hidden: {0}s`, \
                     or remove `hidden`",
                    pair.timeout
                )),
        );
    }
}
