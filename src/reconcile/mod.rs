//! What is deployed against what is wanted: [`compare()`] says how live resources differ, [`plan()`] what deploying would
//! do, and [`apply()`] does it.
//!
//! Comparing and judging are pure. Only [`apply()`], and the change sets that [`plan()`] makes, change anything in an
//! account.

mod accept;
mod apply;
mod attributes;
mod class;
mod compare;
mod deploy;
mod drift;
mod inspect;
mod ledger;
mod mutators;
mod normalize;
mod patience;
mod pending;
mod report;
mod resolve;
mod substitute;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod samples;

pub use accept::{accept, needless};
pub use apply::{Applied, DeployError, Failure, Progress, apply};
pub use class::Class;
pub use deploy::{Danger, Plan, PlannedChange, Request, discard, plan};
pub use drift::{Difference, Outcome, ResourceDrift, Seen, Unchecked, compare};
pub use inspect::{Authored, Inspection, inspect, inspect_authored, read_template};
pub use ledger::{Coverage, Entry, State, by_kind, reasons};
pub use report::{RULES, diagnostics, needless as needless_acceptance, unreachable};
pub use resolve::{Context, Resolved, ResolvedKind, ResolvedResource};
