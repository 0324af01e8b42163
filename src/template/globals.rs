//! What `Globals` of SAM give to every resource of a kind.
//!
//! Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template" (read 2026-04): a text of the resource
//! goes before that of `Globals`, mappings are merged, and lists of the resource stand behind those of `Globals`.

use crate::desired::{Stack, Value, ValueKind};

/// Gives each resource but those in `without` the properties that `globals` has for its kind.
pub(super) fn apply(stack: &mut Stack, globals: &Value, without: &[&str]) {
    let ValueKind::Map(kinds) = &globals.kind else { return };
    for (kind, defaults) in kinds {
        let resource_type = format!("AWS::Serverless::{kind}");
        let resources = stack
            .resources
            .iter_mut()
            .filter(|(id, resource)| resource.resource_type == resource_type && !without.contains(&id.as_str()));
        for (_, resource) in resources {
            merge(&mut resource.properties, defaults);
        }
    }
}

fn merge(value: &mut Value, default: &Value) {
    match (&mut value.kind, &default.kind) {
        (ValueKind::Map(entries), ValueKind::Map(defaults)) => {
            for (key, default) in defaults {
                match entries.iter_mut().find(|(name, _)| name == key) {
                    Some((_, value)) => merge(value, default),
                    None => entries.push((key.clone(), default.clone())),
                }
            }
        }
        (ValueKind::List(items), ValueKind::List(defaults)) => {
            items.splice(0..0, defaults.iter().cloned());
        }
        _ => {}
    }
}
