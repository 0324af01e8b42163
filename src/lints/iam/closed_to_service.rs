use crate::analysis::role::arn::{has_unknown, of_resource, text_of};
use crate::analysis::role::{Allowed, Statement, named, places, principal_is, statements};
use crate::analysis::senders::senders;
use crate::analysis::value::{look, target};
use crate::analysis::{Site, System};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "kms/closed-to-service", level: Level::Warning, page: include_str!("closed_to_service.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for sender in senders(system) {
        let Some(value) = look(&sender.to.resource.properties, "/KmsMasterKeyId").found() else { continue };
        let Some((key, statements)) = key_of(sender.to, value) else { continue };
        let lets = |it: &Statement<'_>| principal_is(key.stack, it.value, sender.service) != Allowed::No;
        if allowing(&statements).any(lets) {
            continue;
        }
        let (noun, receiver, service) = (sender.noun(), sender.receiver(), sender.service);
        let message = format!(
            "the key of the {receiver} does not let `{service}` use it, so that nothing of this {noun} arrives"
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &sender.value.origin.span, message)
                .related(&key.resource.origin.span, "the key")
                .help(format!("allow `kms:GenerateDataKey*` and `kms:Decrypt` to `{service}` in the key's policy")),
        );
    }
    for (site, stream, role) in readers(system) {
        let Some(stream) = resource(site, stream).filter(|it| it.resource.resource_type == "AWS::Kinesis::Stream")
        else {
            continue;
        };
        let Some(value) = look(&stream.resource.properties, "/StreamEncryption/KeyId").found() else { continue };
        let Some((key, statements)) = key_of(stream, value) else { continue };
        let Some(role) = named(site.stack, role).map(|role| role.site.id) else { continue };
        if allowing(&statements).any(|statement| may_be(key, statement, role)) {
            continue;
        }
        let message = format!(
            "the policy of the stream's key lets in neither the account nor `{role}`, which reads the stream for `{}`",
            site.id
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .related(&key.resource.origin.span, "the key")
                .help(format!(
                    "allow `kms:*` to the account's root in the key's policy, or `kms:Decrypt` to the ARN of `{role}`"
                )),
        );
    }
}

/// The key of the same template that a value names, with the statements of its policy when all of them are known.
fn key_of<'a>(site: Site<'a>, value: &Value) -> Option<(Site<'a>, Vec<Statement<'a>>)> {
    let key = resource(site, value).filter(|it| it.resource.resource_type == "AWS::KMS::Key")?;
    let (statements, complete) = statements(look(&key.resource.properties, "/KeyPolicy").found()?);
    (complete && !statements.is_empty()).then_some((key, statements))
}

fn resource<'a>(site: Site<'a>, value: &Value) -> Option<Site<'a>> {
    let (id, resource) = site.stack.resources.get_key_value(target(value)?)?;
    Some(Site { stack: site.stack, id, resource })
}

fn allowing<'b, 'a>(statements: &'b [Statement<'a>]) -> impl Iterator<Item = &'b Statement<'a>> {
    statements.iter().filter(|statement| statement.allows != Some(false))
}

/// What reads a stream: the reader, the stream and the role that it reads with.
fn readers<'a>(system: &System<'a>) -> Vec<(Site<'a>, &'a Value, &'a Value)> {
    let mut found = Vec::new();
    for site in system.of_type("AWS::KinesisFirehose::DeliveryStream") {
        let at =
            |name: &str| look(&site.resource.properties, &format!("/KinesisStreamSourceConfiguration/{name}")).found();
        found.extend(at("KinesisStreamARN").zip(at("RoleARN")).map(|(stream, role)| (site, stream, role)));
    }
    for site in system.of_type("AWS::Lambda::EventSourceMapping") {
        let at = |name: &str| look(&site.resource.properties, name).found();
        let function = at("/FunctionName").and_then(|name| resource(site, name));
        let role = function.and_then(|function| look(&function.resource.properties, "/Role").found());
        found.extend(at("/EventSourceArn").zip(role).map(|(stream, role)| (site, stream, role)));
    }
    found
}

/// Whether the principal of a statement may be the account or a role: it is not just a list of others.
fn may_be(key: Site<'_>, statement: &Statement<'_>, role: &str) -> bool {
    let Some(principal) = look(statement.value, "/Principal").found() else { return true };
    match &principal.kind {
        ValueKind::Map(_) if look(principal, "/AWS").is_absent() => false,
        ValueKind::Map(_) => !places(principal, "/AWS/*").into_iter().all(|it| is_another(key, it, role)),
        _ => true,
    }
}

/// Whether a value is the ARN of a single user or role that is surely not `role`.
fn is_another(key: Site<'_>, principal: &Value, role: &str) -> bool {
    if let Some(named) = named(key.stack, principal) {
        return named.site.id != role;
    }
    let own = of_resource(key.stack, role);
    let written = text_of(key.stack, principal);
    let written = [":role/", ":user/"].iter().find_map(|kind| written.split_once(kind)).map(|(_, name)| name);
    let (Some(own), Some(written)) = (own, written) else { return false };
    let is_single = !written.contains(['*', '?']) && !has_unknown(written);
    is_single && !has_unknown(&own) && own.rsplit('/').next() != written.rsplit('/').next()
}
