//! Whether a service may send to a function, a queue or a topic of the template, by the policies that stand in it.

use super::Site;
use super::role::{Allowed, parts, principal_is, statements};
use super::value::{look, target, text};
use crate::desired::{Resource, Value};

/// A service that sends.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    /// As messages call it: `EventBridge`.
    pub name: &'static str,
    /// `events.amazonaws.com`
    pub principal: &'static str,
    /// What of the service a permission names: `rule`.
    pub source: &'static str,
}

pub const EVENTBRIDGE: Sender = Sender { name: "EventBridge", principal: "events.amazonaws.com", source: "rule" };
pub const S3: Sender = Sender { name: "S3", principal: "s3.amazonaws.com", source: "bucket" };
pub const SNS: Sender = Sender { name: "SNS", principal: "sns.amazonaws.com", source: "topic" };

/// What is missing of a function, queue or topic of the same template before a service may send to it, and how to add
/// it; `None` when nothing is, or that is not known.
pub fn missing(site: Site<'_>, receiver: &Value, service: Sender) -> Option<(String, String)> {
    if site.stack.open || site.stack.has_own_macro() {
        return None;
    }
    let id = target(receiver)?;
    let resource = site.stack.resources.get(id)?;
    let Sender { name, principal, source } = service;
    let resources = || site.stack.resources.values();
    let (open, missing, help) = match resource.resource_type.as_str() {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => (
            resources().any(|it| lets_invoke(site, it, id, service)),
            format!("no `AWS::Lambda::Permission` lets {name} invoke `{id}`"),
            format!(
                "add an `AWS::Lambda::Permission` for `{id}` with the principal `{principal}` and the {source} as `SourceArn`"
            ),
        ),
        "AWS::SQS::Queue" => (
            resources().any(|it| lets_send(site, it, "AWS::SQS::Queue", "/Queues", id, service)),
            format!("no `AWS::SQS::QueuePolicy` lets {name} send to `{id}`"),
            format!("add an `AWS::SQS::QueuePolicy` for `{id}` that allows `sqs:SendMessage` to `{principal}`"),
        ),
        "AWS::SNS::Topic" => (
            resources().any(|it| lets_send(site, it, "AWS::SNS::Topic", "/Topics", id, service)),
            format!("no `AWS::SNS::TopicPolicy` lets {name} publish to `{id}`"),
            format!("add an `AWS::SNS::TopicPolicy` for `{id}` that allows `sns:Publish` to `{principal}`"),
        ),
        _ => return None,
    };
    (!open).then_some((missing, help))
}

/// Whether a permission may be the one for a function.
fn lets_invoke(site: Site<'_>, resource: &Resource, function: &str, service: Sender) -> bool {
    if resource.resource_type != "AWS::Lambda::Permission" {
        return false;
    }
    let properties = &resource.properties;
    let principal = look(properties, "/Principal").found().and_then(text);
    let named = look(properties, "/FunctionName").found();
    principal.is_none_or(|principal| principal == service.principal)
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

/// Whether a policy may be one that lets a service send to a queue or topic.
fn lets_send(site: Site<'_>, resource: &Resource, kind: &str, list: &str, id: &str, service: Sender) -> bool {
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
    !complete || allowing.any(|it| principal_is(site.stack, it.value, service.principal) != Allowed::No)
}
