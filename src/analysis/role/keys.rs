//! Keys of the template that encrypt what a role reads.

use super::arn::{of_resource, text_of};
use super::{Role, named, places, statements};
use crate::analysis::Site;
use crate::analysis::value::{look, target};
use crate::desired::{Stack, Value, ValueKind};

/// Whether a role surely may not decrypt what a stream of the template holds: the stream has a key of the same template, whose policy
/// leaves it to the account's policies who uses it, and those of the role do not allow it.
pub fn cannot_decrypt(stack: &Stack, stream: &Value, role: &Role<'_>) -> bool {
    let stream = target(stream).and_then(|id| stack.resources.get_key_value(id));
    let Some((id, resource)) = stream.filter(|(_, it)| it.resource_type == "AWS::Kinesis::Stream") else {
        return false;
    };
    let stream = Site { stack, id, resource };
    let key = look(&stream.resource.properties, "/StreamEncryption/KeyId").found().and_then(target);
    let Some(id) = key.filter(|id| is_key(stream.stack, id)) else { return false };
    let Some(policy) = look(&stream.stack.resources[id].properties, "/KeyPolicy").found() else { return false };
    let (statements, complete) = statements(policy);
    let allowing = || statements.iter().filter(|statement| statement.allows != Some(false));
    let mut principals = allowing().map(|statement| look(statement.value, "/Principal").found());
    let delegates = allowing().any(|statement| {
        look(statement.value, "/Principal")
            .found()
            .is_some_and(|it| places(it, "/AWS/*").iter().any(|it| is_root(stream, it)))
    });
    let leaves_it = principals.all(|principal| principal.is_some_and(|it| is_surely_another(stream, it, role)));
    complete && delegates && leaves_it && role.lacks("kms:Decrypt", of_resource(stream.stack, id).as_deref())
}

fn is_key(stack: &Stack, id: &str) -> bool {
    stack.resources.get(id).is_some_and(|it| it.resource_type == "AWS::KMS::Key")
}

fn is_root(site: Site<'_>, principal: &Value) -> bool {
    text_of(site.stack, principal).ends_with(":root")
}

/// Whether the principal of a statement is the account, a service, or another role of the template.
fn is_surely_another(site: Site<'_>, principal: &Value, role: &Role<'_>) -> bool {
    let ValueKind::Map(_) = principal.kind else { return false };
    let another = |it: &Value| is_root(site, it) || named(site.stack, it).is_some_and(|it| it.site.id != role.site.id);
    look(principal, "/AWS").is_absent() || places(principal, "/AWS/*").into_iter().all(another)
}
