//! What only one side has is told once, and not once for each of its parts.

use std::ops::Range;

use serde_json::Value as Json;

use super::Comparison;
use crate::desired::Origin;
use crate::reconcile::class::Class;
use crate::reconcile::drift::Difference;
use crate::reconcile::resolved::Resolved;

/// An object that only one side has, and the differences of its parts.
#[derive(Debug)]
pub(in crate::reconcile) struct Whole {
    parts: Range<usize>,
    pointer: String,
    path: String,
    origin: Origin,
    /// `None`: the template does not ask for it.
    wanted: Option<Json>,
}

impl Comparison<'_> {
    /// The differences from `from` on are parts of what is not there. An item of a list is told as such; of other
    /// objects, a single part says more.
    pub(super) fn missing_from(&mut self, from: usize, pointer: &str, path: &str, wanted: &Resolved) {
        let least = if is_item(pointer) { 1 } else { 2 };
        if self.differences.len() >= from + least {
            self.whole(from, pointer, path, &wanted.origin, Some(wanted.known_json()));
        }
    }

    /// The differences from `from` on are parts of what nobody asked for.
    pub(super) fn surplus_from(&mut self, from: usize, pointer: &str, path: &str, origin: &Origin) {
        if self.differences.len() >= from + 2 {
            self.whole(from, pointer, path, origin, None);
        }
    }

    fn whole(&mut self, from: usize, pointer: &str, path: &str, origin: &Origin, wanted: Option<Json>) {
        self.wholes.push(Whole {
            parts: from..self.differences.len(),
            pointer: pointer.to_owned(),
            path: path.to_owned(),
            origin: origin.clone(),
            wanted,
        });
    }
}

fn is_item(pointer: &str) -> bool {
    pointer.rsplit('/').next().is_some_and(|part| part.parse::<usize>().is_ok())
}

/// The differences with the parts of each whole as one, the outermost wholes first. Parts of several classes stay apart:
/// one of them may change by design.
pub(in crate::reconcile) fn told_once(differences: Vec<Difference>, wholes: &[Whole]) -> Vec<Difference> {
    let mut told = Vec::new();
    let mut at = 0;
    while let Some(first) = differences.get(at) {
        let mut here = wholes.iter().rev().filter(|whole| whole.parts.start == at);
        let whole = here.find(|whole| differences[whole.parts.clone()].iter().all(|part| part.class == first.class));
        match whole {
            Some(whole) => {
                told.push(whole.tell(&differences[whole.parts.clone()], &first.class));
                at = whole.parts.end;
            }
            None => {
                told.push(first.clone());
                at += 1;
            }
        }
    }
    told
}

impl Whole {
    fn tell(&self, parts: &[Difference], class: &Class) -> Difference {
        let live = match self.wanted {
            Some(_) => None,
            None => Some(self.live(parts)),
        };
        Difference {
            pointer: self.pointer.clone(),
            path: self.path.clone(),
            wanted: self.wanted.clone(),
            live,
            accepted: None,
            origin: self.origin.clone(),
            class: class.clone(),
        }
    }

    /// Only what differs of it: the rest is what AWS has by itself.
    fn live(&self, parts: &[Difference]) -> Json {
        let mut live = Json::Null;
        for part in parts {
            let below = part.pointer.strip_prefix(&self.pointer).unwrap_or_default();
            let mut place = &mut live;
            for key in below.split('/').skip(1) {
                place = &mut place[key.replace("~1", "/").replace("~0", "~")];
            }
            *place = part.live.clone().unwrap_or_default();
        }
        live
    }
}
