//! Taking back what was changed behind CloudFormation's back: [`prepare`] says by what, [`revert()`] does it and looks
//! again.
//!
//! There are three ways. A drift-aware change set puts a whole stack back, so it is taken only where all that it would
//! touch is to be taken back. A repair calls the service's own API. Cloud Control runs CloudFormation's own handler on
//! one resource. What one way leaves, the next is tried for.

mod act;
mod decide;
mod fill;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::drift::{Difference, ResourceDrift};
use crate::cloud::ServiceCall;
use crate::facts::reverts::CallPattern;

pub use act::{Prepared, Reverted, Reverting, prepare, revert};

/// One thing that differs: a property of a resource, or the resource that is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub logical_id: String,
    /// As the difference has it; empty for a resource that is gone.
    pub pointer: String,
}

impl Item {
    pub fn of(drift: &ResourceDrift, difference: Option<&Difference>) -> Self {
        let pointer = difference.map(|difference| difference.pointer.clone()).unwrap_or_default();
        Self { logical_id: drift.logical_id.clone(), pointer }
    }

    /// What is taken back as one: the resource and its property at the top.
    fn whole(&self) -> (String, String) {
        let top = self.pointer.split('/').nth(1).unwrap_or_default();
        (self.logical_id.clone(), top.to_owned())
    }
}

/// By what a drift is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A drift-aware change set of the stack.
    ChangeSet,
    /// Calls to the service's own API.
    Repair,
    /// Cloud Control's update of the resource.
    Control,
}

impl Way {
    /// For a person.
    pub fn says(self) -> &'static str {
        match self {
            Way::ChangeSet => "by a drift-aware change set",
            Way::Repair => "by the service's own API",
            Way::Control => "by Cloud Control",
        }
    }
}

/// The ways that were tried for each whole, or are known not to help.
type Tried = BTreeMap<(String, String), BTreeSet<Way>>;

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    pub items: Vec<Item>,
    pub resource_type: String,
    /// `None` for the whole stack.
    pub logical_id: Option<String>,
    pub does: Does,
    /// Why a person should say yes first.
    pub dangers: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Does {
    ChangeSet,
    /// Cloud Control's identifier of the resource, and an RFC 6902 patch.
    Control {
        identifier: String,
        patch: Json,
    },
    Repair(Vec<Filled>),
}

impl Does {
    pub fn way(&self) -> Way {
        match self {
            Does::ChangeSet => Way::ChangeSet,
            Does::Control { .. } => Way::Control,
            Does::Repair(_) => Way::Repair,
        }
    }
}

/// A call of a repair: all but the last answer is filled in.
#[derive(Clone, Debug)]
pub struct Filled {
    pub pattern: &'static CallPattern,
    pub call: ServiceCall,
}

/// What cannot be taken back, and what a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub item: Item,
    /// A clause.
    pub reason: String,
    /// Imperative.
    pub help: String,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    pub steps: Vec<Step>,
    pub refused: Vec<Refused>,
}
