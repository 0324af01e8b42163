use crate::analysis::System;
use crate::analysis::event_source::{EventSource, Kind, event_sources};
use crate::analysis::role::arn::text_of;
use crate::analysis::role::{Role, cannot_decrypt, named};
use crate::analysis::value::{look, target};
use crate::desired::{Stack, Value};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

use super::functions::functions;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "lambda/missing-permission",
        level: Level::Warning,
        page: include_str!("missing_permission.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What Lambda does with the role of a function to read a source for it.
///
/// Source: Lambda Developer Guide, execution role permissions of the event sources (read 2026-04).
const STREAM: &[&str] = &["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"];
const CONSUMER: &[&str] = &["kinesis:SubscribeToShard"];
const TABLE: &[&str] = &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
const QUEUE: &[&str] = &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for source in event_sources(system) {
        let Some((_, function)) = source.function() else { continue };
        let Some(role) = look(&function.properties, "/Role").found().and_then(|it| named(source.stack, it)) else {
            continue;
        };
        findings.extend(reading(&source, &role));
        let failed = look(source.properties, "/DestinationConfig/OnFailure/Destination").found();
        findings.extend(failed.and_then(|value| sending(source.stack, &role, value)));
    }
    for function in functions(system) {
        let properties = &function.resource.properties;
        let letters = ["/DeadLetterConfig/TargetArn", "/DeadLetterQueue/TargetArn"];
        let Some(letters) = letters.iter().find_map(|pointer| look(properties, pointer).found()) else { continue };
        let Some(role) = look(properties, "/Role").found().and_then(|it| named(function.stack, it)) else { continue };
        findings.extend(sending(function.stack, &role, letters));
    }
}

fn reading(source: &EventSource<'_>, role: &Role<'_>) -> Option<Diagnostic> {
    let (arn, (_, resource)) = (source.arn()?, source.source()?);
    let needed = match (source.kind?, resource.resource_type.as_str()) {
        (Kind::Kinesis, "AWS::Kinesis::StreamConsumer") => CONSUMER,
        (Kind::Kinesis, _) => STREAM,
        (Kind::Table, _) => TABLE,
        (Kind::Queue, _) => QUEUE,
        (Kind::Kafka, _) => return None,
    };
    let written = text_of(source.stack, arn);
    let mut missing: Vec<&str> = needed.iter().copied().filter(|action| role.lacks(action, Some(&written))).collect();
    if cannot_decrypt(source.stack, arn, role) {
        missing.push("kms:Decrypt");
    }
    told(role, &missing, "reading this source", arn)
}

fn sending(stack: &Stack, role: &Role<'_>, to: &Value) -> Option<Diagnostic> {
    let receiver = stack.resources.get(target(to)?)?;
    let needed = match receiver.resource_type.as_str() {
        "AWS::SNS::Topic" => "sns:Publish",
        "AWS::SQS::Queue" => "sqs:SendMessage",
        _ => return None,
    };
    let missing: Vec<&str> =
        [needed].into_iter().filter(|action| role.lacks(action, Some(&text_of(stack, to)))).collect();
    told(role, &missing, "sending here what failed", to)
}

fn told(role: &Role<'_>, missing: &[&str], purpose: &str, at: &Value) -> Option<Diagnostic> {
    if missing.is_empty() {
        return None;
    }
    let (id, actions) = (role.site.id, list(missing.iter().copied()));
    let message = format!("`{id}` does not allow Lambda {actions}, which it needs for {purpose}");
    let found = Diagnostic::new(&LINT.rule, &at.origin.span, message);
    let found = found.related(&role.site.resource.origin.span, "the role of the function");
    Some(found.help(format!("allow {actions} on what is named here in a policy of `{id}`")))
}
