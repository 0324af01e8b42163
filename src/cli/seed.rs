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
    let needed = needed(session, place.stack);
    if needed.is_empty() {
        return None;
    }
    let mut seed = place.stack.clone();
    seed.resources.retain(|id, _| needed.contains(id));
    seed.outputs.clear();
    Some(seed)
}

/// Whether a stack has no more than a first deployment has put there before the rest: it is as good as new.
pub(super) fn is_all(session: &Session, stack: &Stack, deployed: &Stack) -> bool {
    let needed = needed(session, stack);
    !needed.is_empty() && deployed.outputs.is_empty() && deployed.resources.keys().all(|id| needed.contains(id))
}

/// The bucket that long templates are sent through, if it is part of the stack, and what it refers to.
fn needed(session: &Session, stack: &Stack) -> Vec<String> {
    let Some(model) = &session.build.model else { return Vec::new() };
    let bucket = model.published_bucket();
    let named =
        |id: &str| stack.resources[id].properties.get("BucketName").and_then(|name| name.as_text()) == Some(&*bucket);
    let mut needed: Vec<String> = stack.resources.keys().filter(|id| named(id)).cloned().collect();
    let mut at = 0;
    while let Some(id) = needed.get(at).cloned() {
        stack.resources[&id].properties.references(&mut |name| {
            if stack.resources.contains_key(name) && needed.iter().all(|known| known != name) {
                needed.push(name.to_owned());
            }
        });
        at += 1;
    }
    needed
}
