use crate::analysis::System;
use crate::analysis::value::look;
use crate::desired::{Intrinsic, Stack, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/logging-to-group", level: Level::Warning, page: include_str!("logging_to_group.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption") {
        let Some(value) = look(&site.resource.properties, "/CloudWatchLoggingOption/LogStreamARN").found() else {
            continue;
        };
        if !names_a_group(value, site.stack) {
            continue;
        }
        let message = "`LogStreamARN` is the ARN of a log stream, and this is a log group: AWS refuses it";
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help("make an `AWS::Logs::LogStream`, and end the ARN with `:log-stream:` and its name"),
        );
    }
}

fn names_a_group(value: &Value, stack: &Stack) -> bool {
    let is_group = |id: &str| stack.resources.get(id).is_some_and(|it| it.resource_type == "AWS::Logs::LogGroup");
    match &value.kind {
        ValueKind::Text(text) => is_arn_of_group(text),
        ValueKind::Intrinsic(Intrinsic::GetAtt(id, _) | Intrinsic::Ref(id)) => is_group(id),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => {
            let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match whole.filter(|name| !name.contains(['$', '{', '}'])) {
                Some(name) => is_group(name.split('.').next().unwrap_or(name)),
                // A parameter at the end may hold the rest of the ARN; a group of this stack does not.
                None => {
                    let last = text.rsplit_once("${").and_then(|(_, rest)| rest.strip_suffix('}'));
                    is_arn_of_group(text) && last.is_none_or(is_group)
                }
            }
        }
        _ => false,
    }
}

/// The group's name is the last part of the ARN, but for a star.
fn is_arn_of_group(arn: &str) -> bool {
    arn.split_once(":log-group:").is_some_and(|(_, rest)| !rest.contains(":log-stream:"))
}
