//! What is deployed against what is wanted: [`compare()`] says how live resources differ, [`plan()`] what deploying would
//! do, and [`apply()`] does it.
//!
//! Comparing and judging are pure. Only [`apply()`], and the change sets that [`plan()`] makes, change anything in an
//! account.

mod accept;
mod apply;
mod attributes;
mod carriers;
mod class;
mod compare;
mod deploy;
mod drift;
mod functions;
mod inspect;
mod journal;
mod ledger;
mod lock;
mod mutators;
mod normalize;
mod patience;
mod pending;
mod report;
mod resolve;
mod resolved;
pub mod revert;
mod saved;
mod stuck;
mod substitute;

#[cfg(test)]
mod cut_off;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod samples;

pub use accept::{accept, needless};
pub use apply::{Applied, DeployError, Failure, Progress, apply, resume};
pub use carriers::{Carrier, carriers};
pub use class::Class;
pub use deploy::{Danger, Plan, PlannedChange, Request, discard, is_own, judge, plan};
pub use drift::{Difference, Outcome, ResourceDrift, Seen, Unchecked, compare};
pub use inspect::{Authored, Inspection, inspect, inspect_authored, read_template};
pub use journal::{Execution, Journal, JournalSummary, Step, summarize};
pub use ledger::{Coverage, Entry, State, by_kind, reasons};
pub use lock::{lock, unlock};
pub use mutators::{Mutator, mutators};
pub use report::{RULES, diagnostics, needless as needless_acceptance, shown, unreachable};
pub use resolve::Context;
pub use resolved::{Resolved, ResolvedKind, ResolvedResource};
pub use saved::{SavedPlan, SavedStack, changes, restore};
pub use stuck::{Remedy, Stuck, cure, stuck};
