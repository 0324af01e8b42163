use crate::analysis::role::arn::text_of;
use crate::analysis::role::{Allowed, parts, places, principal_is, statements};
use crate::analysis::value::{look, target, text};
use crate::analysis::{Site, System};
use crate::desired::{Resource, Value};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/target-without-permission",
        level: Level::Warning,
        page: include_str!("target_without_permission.md"),
    },
    effect: Effect::Silent,
    check,
};

const EVENTS: &str = "events.amazonaws.com";

/// The services whose resources a rule reaches only with a role.
///
/// Source: EventBridge User Guide, using identity-based policies for targets (2026-04).
const BY_ROLE: &[&str] = &["codepipeline", "states", "kinesis", "firehose", "codebuild", "ecs", "batch"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Events::Rule").filter(|site| !site.stack.open && !site.stack.has_own_macro()) {
        for rule_target in places(&site.resource.properties, "/Targets/*") {
            let Some(arn) = look(rule_target, "/Arn").found() else { continue };
            if !look(rule_target, "/RoleArn").is_absent() {
                continue;
            }
            let Some((missing, help)) = by_role(site, arn).or_else(|| by_policy(site, arn)) else { continue };
            let message = format!("the rule may not reach this target, and its events are lost: {missing}");
            findings.push(Diagnostic::new(&LINT.rule, &arn.origin.span, message).help(help));
        }
    }
}

fn by_role(site: Site<'_>, arn: &Value) -> Option<(String, String)> {
    let written = text_of(site.stack, arn);
    let service = written.split(':').nth(2)?;
    BY_ROLE.contains(&service).then(|| {
        (
            "the target has no role".to_owned(),
            format!("add `RoleArn` with a role that trusts `{EVENTS}` and may start or write to the target"),
        )
    })
}

/// What is missing of a target of the same template that lets services in by a policy of its own.
fn by_policy(site: Site<'_>, arn: &Value) -> Option<(String, String)> {
    let id = target(arn)?;
    let resource = site.stack.resources.get(id)?;
    let resources = || site.stack.resources.values();
    let (open, missing, help) = match resource.resource_type.as_str() {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => (
            resources().any(|it| lets_invoke(site, it, id)),
            format!("no `AWS::Lambda::Permission` lets EventBridge invoke `{id}`"),
            format!(
                "add an `AWS::Lambda::Permission` for `{id}` with the principal `{EVENTS}` and the rule as `SourceArn`"
            ),
        ),
        "AWS::SQS::Queue" => (
            resources().any(|it| lets_send(site, it, "AWS::SQS::Queue", "/Queues", id)),
            format!("no `AWS::SQS::QueuePolicy` lets EventBridge send to `{id}`"),
            format!("add an `AWS::SQS::QueuePolicy` for `{id}` that allows `sqs:SendMessage` to `{EVENTS}`"),
        ),
        "AWS::SNS::Topic" => (
            resources().any(|it| lets_send(site, it, "AWS::SNS::Topic", "/Topics", id)),
            format!("no `AWS::SNS::TopicPolicy` lets EventBridge publish to `{id}`"),
            format!("add an `AWS::SNS::TopicPolicy` for `{id}` that allows `sns:Publish` to `{EVENTS}`"),
        ),
        _ => return None,
    };
    (!open).then_some((missing, help))
}

/// Whether a permission may be the one for a function.
fn lets_invoke(site: Site<'_>, resource: &Resource, function: &str) -> bool {
    if resource.resource_type != "AWS::Lambda::Permission" {
        return false;
    }
    let properties = &resource.properties;
    let principal = look(properties, "/Principal").found().and_then(text);
    let named = look(properties, "/FunctionName").found();
    principal.is_none_or(|principal| principal == EVENTS)
        && named.is_none_or(|name| may_name(site, name, function, "/FunctionName"))
}

/// Whether a value may name a resource: it refers to it, or to nothing that is known.
fn may_name(site: Site<'_>, value: &Value, id: &str, property: &str) -> bool {
    if let Some(named) = target(value) {
        return named == id || !site.stack.resources.contains_key(named) || is_qualified(site, named);
    }
    let own = site.stack.resources.get(id).and_then(|it| look(&it.properties, property).found());
    match (text(value), own.map(text)) {
        (Some(_), None) => false,
        (Some(name), Some(Some(own))) => name.contains(own.as_ref()),
        _ => true,
    }
}

/// A version or alias, which a permission may be for as well.
fn is_qualified(site: Site<'_>, id: &str) -> bool {
    let found = site.stack.resources.get(id);
    found.is_some_and(|it| matches!(it.resource_type.as_str(), "AWS::Lambda::Alias" | "AWS::Lambda::Version"))
}

/// Whether a policy may be one that lets EventBridge send to a queue or topic.
fn lets_send(site: Site<'_>, resource: &Resource, kind: &str, list: &str, id: &str) -> bool {
    let Some(rest) = resource.resource_type.strip_prefix(kind) else { return false };
    let properties = &resource.properties;
    let named = match rest {
        "Policy" => look(properties, list).found().map(|list| parts(list).0),
        "InlinePolicy" => look(properties, list.trim_end_matches('s')).found().map(|value| vec![value]),
        _ => return false,
    };
    let may_be = |value: &Value| target(value).is_none_or(|it| it == id || !site.stack.resources.contains_key(it));
    if named.is_some_and(|named| !named.into_iter().any(may_be)) {
        return false;
    }
    let Some(document) = look(properties, "/PolicyDocument").found() else { return true };
    let (statements, complete) = statements(document);
    let mut allowing = statements.iter().filter(|statement| statement.allows != Some(false));
    !complete || allowing.any(|it| principal_is(site.stack, it.value, EVENTS) != Allowed::No)
}
