//! The first deployment of a long template.
//!
//! CloudFormation takes a template of at most 51,200 bytes in a call, and longer ones from a bucket. In an empty account
//! the bucket is part of that very template: so a first deployment makes the bucket alone, and a second the rest.

use super::account::{Lent, Place, Session};
use crate::cloud::LONGEST_TEMPLATE;
use crate::desired::Stack;

/// The part of a stack that must be there before the whole template can be sent; `None` when nothing must.
pub(super) fn seed(session: &Session, place: &Place<'_>, lent: &Lent) -> Option<Stack> {
    if lent.bucket.is_some() || session.template(place.stack).len() <= LONGEST_TEMPLATE {
        return None;
    }
    let bucket = session.build.model.as_ref()?.published_bucket();
    let named = |id: &str| {
        place.stack.resources[id].properties.get("BucketName").and_then(|name| name.as_text()) == Some(&*bucket)
    };
    let mut needed: Vec<String> = place.stack.resources.keys().filter(|id| named(id)).cloned().collect();
    let mut at = 0;
    while let Some(id) = needed.get(at).cloned() {
        place.stack.resources[&id].properties.references(&mut |name| {
            if place.stack.resources.contains_key(name) && needed.iter().all(|known| known != name) {
                needed.push(name.to_owned());
            }
        });
        at += 1;
    }
    if needed.is_empty() {
        return None;
    }
    let mut seed = place.stack.clone();
    seed.resources.retain(|id, _| needed.contains(id));
    seed.outputs.clear();
    Some(seed)
}
