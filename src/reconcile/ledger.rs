//! What became of each property: the ledger. Nothing counts as in sync that was not looked at.

use std::collections::BTreeMap;

use super::drift::{Outcome, ResourceDrift};

/// One property of one resource. Those that the template does not set count like those that it sets: somebody could
/// have set them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// JSON pointer below the properties: of a value, or of a whole property that nobody sets.
    pub pointer: String,
    pub state: State,
    /// The template sets it.
    pub declared: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// With the live value.
    Compared,
    /// Content that is compared by its digest.
    Hashed,
    /// The template does not set it, and live is what AWS has by itself.
    Defaulted,
    /// A clause that says why.
    NotCheckable(String),
}

impl State {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Compared => "compared",
            Self::Hashed => "hashed",
            Self::Defaulted => "defaulted",
            Self::NotCheckable(_) => "not-checkable",
        }
    }
}

/// How many properties are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub compared: usize,
    pub hashed: usize,
    pub defaulted: usize,
    pub unchecked: usize,
}

impl Coverage {
    pub fn of<'a>(drifts: impl IntoIterator<Item = &'a ResourceDrift>) -> Self {
        Self::of_entries(drifts.into_iter().flat_map(|drift| &drift.ledger))
    }

    /// Only of what the template sets.
    pub fn declared<'a>(drifts: impl IntoIterator<Item = &'a ResourceDrift>) -> Self {
        Self::of_entries(drifts.into_iter().flat_map(|drift| &drift.ledger).filter(|entry| entry.declared))
    }

    fn of_entries<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        entries.fold(Self::default(), |mut sum, entry| {
            match entry.state {
                State::Compared => sum.compared += 1,
                State::Hashed => sum.hashed += 1,
                State::Defaulted => sum.defaulted += 1,
                State::NotCheckable(_) => sum.unchecked += 1,
            }
            sum
        })
    }

    pub fn checked(self) -> usize {
        self.compared + self.hashed + self.defaulted
    }

    pub fn all(self) -> usize {
        self.checked() + self.unchecked
    }

    /// Rounded down, so that 100 means all; 100 when there is nothing to look at.
    pub fn percent(self) -> usize {
        match self.all() {
            0 => 100,
            all => self.checked() * 100 / all,
        }
    }
}

/// The coverage of each kind of thing, the worst first.
pub fn by_kind<'a>(drifts: impl IntoIterator<Item = &'a ResourceDrift>) -> Vec<(String, Coverage)> {
    let mut kinds: BTreeMap<&str, Vec<&ResourceDrift>> = BTreeMap::new();
    for drift in drifts.into_iter().filter(|drift| drift.outcome != Outcome::NotDeployed) {
        kinds.entry(kind_of(&drift.thing)).or_default().push(drift);
    }
    let mut shares: Vec<_> = kinds.into_iter().map(|(kind, drifts)| (kind.to_owned(), Coverage::of(drifts))).collect();
    shares.sort_by_key(|(_, coverage)| coverage.percent());
    shares
}

/// `streams` of `streams.trips`.
fn kind_of(thing: &str) -> &str {
    thing.split_once('.').map_or(thing, |(kind, _)| kind)
}

/// Why what is not checkable is not, with how many properties there are of each reason, the most frequent first.
pub fn reasons<'a>(drifts: impl IntoIterator<Item = &'a ResourceDrift>) -> Vec<(String, usize)> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in drifts.into_iter().flat_map(|drift| &drift.ledger) {
        if let State::NotCheckable(reason) = &entry.state {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    reasons
}
