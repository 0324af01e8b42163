use super::queues::pairs;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/tight-visibility-timeout",
        level: Level::Info,
        page: include_str!("tight_visibility_timeout.md"),
    },
    effect: Effect::Silent,
    check,
};

/// Source: Lambda Developer Guide, Creating and configuring an Amazon SQS event source mapping (read 2026-04).
const ADVISED_TIMES: i64 = 6;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for pair in pairs(system) {
        let advised = pair.timeout.saturating_mul(ADVISED_TIMES);
        if pair.visibility >= pair.timeout && pair.visibility < advised {
            let message = format!(
                "`{}` shows a message again after {} seconds, which leaves no time to try again when the function is \
                 throttled: AWS advises six times the {} seconds of the function",
                pair.queue, pair.visibility, pair.timeout
            );
            findings.push(
                Diagnostic::new(&LINT.rule, pair.visibility_span, message)
                    .related(pair.timeout_span, "how long the function may take")
                    .help(format!(
                        "set `VisibilityTimeout` of the queue to {advised} or more; in a `pipeline.yaml`, write \
                         `hidden: {advised}s`, or remove `hidden`"
                    )),
            );
        }
    }
}
