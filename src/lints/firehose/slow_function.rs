use crate::analysis::System;
use crate::analysis::firehose::{destinations, parameters};
use crate::analysis::value::{integer, look, target};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/slow-function", level: Level::Warning, page: include_str!("slow_function.md") },
    effect: Effect::Run,
    check,
};

/// How long Firehose waits for a function, in seconds.
///
/// Source: Firehose Developer Guide, Transform source data (2026-11).
const LONGEST: i64 = 300;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        for processor in destination.active_processors() {
            let named = parameters(processor).unwrap_or_default().into_iter().find(|(name, _)| name == "LambdaArn");
            let Some((_, value)) = named else { continue };
            let Some(function) = target(value).and_then(|id| destination.site.stack.resources.get(id)) else {
                continue;
            };
            let Some(timeout) = look(&function.properties, "/Timeout").found() else { continue };
            if let Some(seconds) = integer(timeout).filter(|seconds| *seconds > LONGEST) {
                let message = format!(
                    "the function may take {seconds} seconds, and Firehose gives up after {LONGEST}: it calls again, and \
                     the work is done twice"
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &timeout.origin.span, message)
                        .related(&value.origin.span, "Firehose calls it")
                        .help(format!(
                            "write a `Timeout` of at most {LONGEST}, and a smaller `BufferSizeInMBs` if need be"
                        )),
                );
            }
        }
    }
}
