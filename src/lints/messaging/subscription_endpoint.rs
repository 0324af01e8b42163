use super::subscriptions::{Subscription, subscriptions};
use crate::analysis::System;
use crate::analysis::value::{alternatives, text};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sns/subscription-endpoint",
        level: Level::Error,
        page: include_str!("subscription_endpoint.md"),
    },
    effect: Effect::Deployment,
    check,
};

const PROTOCOLS: &[&str] = &["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for subscription in subscriptions(system) {
        let Some(protocol) = subscription.protocol_name() else { continue };
        if !PROTOCOLS.contains(&protocol.as_ref()) {
            let message = format!("`{protocol}` is no protocol of SNS, which refuses the subscription");
            let help = match nearest(&protocol, PROTOCOLS.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => format!("write one of {}", list(PROTOCOLS.iter().copied())),
            };
            findings.push(Diagnostic::new(&LINT.rule, &subscription.protocol.origin.span, message).help(help));
            continue;
        }
        let Some(endpoint) = subscription.endpoint().found() else { continue };
        let faults = alternatives(endpoint).into_iter().filter_map(|endpoint| {
            let (message, help) =
                written(endpoint, &protocol).or_else(|| referred(endpoint, &protocol, &subscription))?;
            let finding = Diagnostic::new(&LINT.rule, &endpoint.origin.span, message).help(help);
            Some(finding.related(&subscription.protocol.origin.span, "the protocol"))
        });
        findings.extend(faults);
    }
}

/// What is wrong with an endpoint that is written out, or with how it begins.
fn written(endpoint: &Value, protocol: &str) -> Option<(String, String)> {
    let (start, is_whole) = match &endpoint.kind {
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => (text.split("${").next()?, false),
        ValueKind::Intrinsic(_) => return None,
        _ => (&*text(endpoint)?, true),
    };
    let begins_with = |wanted: &str| match start.len() < wanted.len() {
        true => !is_whole && wanted.starts_with(start),
        false => start.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted)),
    };
    let arn_of = |service: &str| {
        begins_with("arn:") && start.split(':').nth(2).is_none_or(|at| at == service || at.is_empty() && !is_whole)
    };
    let (fits, wanted) = match protocol {
        "email" | "email-json" => (!is_whole || start.contains('@'), "an e-mail address".to_owned()),
        "http" | "https" => (begins_with(&format!("{protocol}://")), format!("a URL that begins with `{protocol}://`")),
        "sms" => {
            let is_number = |sign: char| sign.is_ascii_digit() || "+-. ()".contains(sign);
            (start.chars().all(is_number), "a phone number such as `+15550100`".to_owned())
        }
        "application" => (arn_of("sns"), "the ARN of an endpoint of a mobile application".to_owned()),
        service => (arn_of(service), format!("an ARN that begins with `arn:aws:{service}:`")),
    };
    let shown = endpoint.origin.span.text().trim_matches(['"', '\'']);
    (!fits).then(|| {
        let message =
            format!("`{shown}` is no endpoint for the protocol `{protocol}`, and SNS refuses the subscription");
        (message, format!("write {wanted}, or the protocol that fits the endpoint"))
    })
}

/// What is wrong with an endpoint that is a resource of this file.
fn referred(endpoint: &Value, protocol: &str, subscription: &Subscription<'_>) -> Option<(String, String)> {
    let (name, attribute) = match &endpoint.kind {
        ValueKind::Intrinsic(Intrinsic::Ref(name)) => (name, None),
        ValueKind::Intrinsic(Intrinsic::GetAtt(name, attribute)) => (name, Some(attribute.as_str())),
        _ => return None,
    };
    let receiver = &subscription.site.stack.resources.get(name)?.resource_type;
    let (fitting, referred) = match receiver.as_str() {
        "AWS::SQS::Queue" => ("sqs", "its URL"),
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => ("lambda", "its name"),
        "AWS::KinesisFirehose::DeliveryStream" => ("firehose", "its name"),
        _ => return None,
    };
    if fitting != protocol {
        let message =
            format!("`{name}` is no endpoint for the protocol `{protocol}`, and SNS refuses the subscription");
        return Some((message, format!("write `Protocol: {fitting}`")));
    }
    let given = match attribute {
        None => referred,
        Some("Arn") => return None,
        Some(attribute) => attribute,
    };
    let message = format!("SNS wants the ARN of `{name}` and is given {given}, which it refuses");
    Some((message, format!("write `!GetAtt {name}.Arn`")))
}
