//! Lists whose order says nothing.

use serde_json::Value as Json;

use super::Comparison;
use crate::desired::Origin;
use crate::reconcile::resolved::Resolved;

/// How a wanted item and a live one compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// They are equal.
    Whole,
    /// They may be equal: nothing differs, and a part could not be compared.
    Partly,
    Not,
}

impl Comparison<'_> {
    /// Each wanted item takes a live one that is equal, else one that may be equal, so that what could not be read is no
    /// difference; those that are left over on both sides differ.
    pub(super) fn compare_set(
        &mut self,
        pointer: &str,
        path: &str,
        items: &[Resolved],
        origin: &Origin,
        live: &[Json],
    ) {
        let taken = self.pairs(pointer, items, live);
        let mut left = (0..live.len()).filter(|at| !taken.contains(&Some(*at)));
        for (index, (wanted, taken)) in items.iter().zip(&taken).enumerate() {
            let item = format!("{pointer}/{index}");
            match taken {
                Some(at) => self.compare(&item, path, wanted, live.get(*at)),
                None => self.compare(&item, &format!("{path}[{index}]"), wanted, left.next().map(|at| &live[at])),
            }
        }
        for index in left {
            let (pointer, path) = (format!("{pointer}/{index}"), format!("{path}[{index}]"));
            self.differ(&pointer, &path, None, Some(live[index].clone()), origin);
        }
    }

    /// The live item of each wanted one.
    fn pairs(&self, pointer: &str, items: &[Resolved], live: &[Json]) -> Vec<Option<usize>> {
        let mut taken: Vec<Option<usize>> = vec![None; items.len()];
        let mut may_be: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
        for (index, wanted) in items.iter().enumerate() {
            let item = format!("{pointer}/{index}");
            for (at, value) in live.iter().enumerate() {
                match self.fit(&item, wanted, value) {
                    Fit::Whole if !taken.contains(&Some(at)) => {
                        taken[index] = Some(at);
                        break;
                    }
                    Fit::Partly => may_be[index].push(at),
                    Fit::Whole | Fit::Not => {}
                }
            }
        }
        let is_free = |at: &usize| !taken.contains(&Some(*at));
        let may_be: Vec<Vec<usize>> =
            may_be.into_iter().map(|places| places.into_iter().filter(is_free).collect()).collect();
        for index in (0..items.len()).filter(|index| taken[*index].is_none()).collect::<Vec<_>>() {
            take(index, &may_be, &mut taken, &mut Vec::new());
        }
        taken
    }

    fn fit(&self, pointer: &str, wanted: &Resolved, live: &Json) -> Fit {
        let mut trial = Comparison::without(self.rules, self.unread);
        trial.compare(pointer, "", wanted, Some(live));
        match (trial.differences.is_empty(), trial.unchecked.is_empty()) {
            (true, true) => Fit::Whole,
            (true, false) => Fit::Partly,
            (false, _) => Fit::Not,
        }
    }
}

/// Gives the item one of the places that it may be; another item that has the place goes to another, if there is one.
fn take(index: usize, may_be: &[Vec<usize>], taken: &mut [Option<usize>], tried: &mut Vec<usize>) -> bool {
    for at in &may_be[index] {
        if tried.contains(at) {
            continue;
        }
        tried.push(*at);
        let other = taken.iter().position(|place| place == &Some(*at));
        if other.is_none_or(|other| take(other, may_be, taken, tried)) {
            taken[index] = Some(*at);
            return true;
        }
    }
    false
}
