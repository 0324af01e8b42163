//! Functions that buckets call, and the permissions that let them.

use crate::analysis::references::created_before;
use crate::analysis::value::{items, look, target, text, text_at};
use crate::analysis::{Site, System};
use crate::desired::{Resource, Stack, Value};

/// A bucket that calls a function of the same template, with a permission that it does not wait for.
pub(super) struct Unordered<'a> {
    pub(super) bucket: &'a str,
    pub(super) function: &'a Value,
    pub(super) permission: (&'a str, &'a Resource),
    /// Whether the permission waits for the bucket.
    pub(super) permission_waits: bool,
}

pub(super) fn unordered<'a>(system: &System<'a>) -> Vec<Unordered<'a>> {
    let mut found = Vec::new();
    for site in system.of_type("AWS::S3::Bucket") {
        found.extend(functions(site).into_iter().filter_map(|function| without_order(site, function)));
    }
    found
}

fn functions(site: Site<'_>) -> Vec<&Value> {
    look(&site.resource.properties, "/NotificationConfiguration/LambdaConfigurations")
        .found()
        .map(items)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|configuration| look(configuration, "/Function").found())
        .collect()
}

fn without_order<'a>(site: Site<'a>, function: &'a Value) -> Option<Unordered<'a>> {
    let (stack, id) = (site.stack, target(function).filter(|id| site.stack.resources.contains_key(*id))?);
    let permissions: Vec<_> = stack.resources.iter().filter(|(_, it)| lets_buckets_call(stack, it, id)).collect();
    let before = created_before(stack, site.id);
    if stack.open || permissions.iter().any(|(permission, _)| before.contains(permission.as_str())) {
        return None;
    }
    let waiting = permissions.iter().position(|(permission, _)| created_before(stack, permission).contains(site.id));
    let (permission, resource) = *permissions.get(waiting.unwrap_or_default())?;
    Some(Unordered {
        bucket: site.id,
        function,
        permission: (permission, resource),
        permission_waits: permissions.iter().all(|(permission, _)| created_before(stack, permission).contains(site.id)),
    })
}

/// Whether the resource permits S3 to call the function. A permission that does not tell its function counts: it may.
fn lets_buckets_call(stack: &Stack, resource: &Resource, function: &str) -> bool {
    if resource.resource_type != "AWS::Lambda::Permission"
        || text_at(&resource.properties, "/Principal").is_some_and(|it| it != "s3.amazonaws.com")
    {
        return false;
    }
    let Some(named) = look(&resource.properties, "/FunctionName").found() else { return false };
    let own_name = stack.resources.get(function).and_then(|it| text_at(&it.properties, "/FunctionName"));
    match target(named).filter(|id| stack.resources.contains_key(*id)) {
        Some(id) => id == function,
        None => text(named).is_none_or(|named| own_name.is_none_or(|own| named.contains(own.as_ref()))),
    }
}
