use std::collections::BTreeMap;

use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "kinesis/consumer-limit", level: Level::Warning, page: include_str!("consumer_limit.md") },
    effect: Effect::Deployment,
    check,
};

/// How many consumers a stream has unless AWS allows more.
///
/// Source: Kinesis Data Streams Developer Guide, Quotas and limits (2026-11); some streams are allowed 50.
const MOST: usize = 20;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        let mut of_stream: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for site in system.of_type("AWS::Kinesis::StreamConsumer").filter(|site| std::ptr::eq(site.stack, stack)) {
            let Some(stream) = look(&site.resource.properties, "/StreamARN").found() else { continue };
            if site.resource.condition.is_none() {
                of_stream.entry(stream.to_json().to_string()).or_default().push((site, stream));
            }
        }
        for consumers in of_stream.values() {
            let Some((site, stream)) = consumers.get(MOST) else { continue };
            let message = format!(
                "this is consumer {} of {} of one stream, and Kinesis registers {MOST} unless it was asked for more",
                MOST + 1,
                consumers.len()
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                    .related(&stream.origin.span, "the stream")
                    .help("let consumers share a function or queue, or read the stream without registering"),
            );
        }
    }
}
