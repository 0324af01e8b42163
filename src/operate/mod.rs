//! Releases by hand: the interpreter of the state machine of [`crate::release`] over an account.
//!
//! The pipeline's step, in Python, is the other one. Both take the same decisions and say the same sentences, because
//! both only add how to look and how to act; a table of situations that both run holds
//! them to it. The record of a release is a parameter beside its pointer, so that a release goes on from where it was,
//! whoever began it.

mod acts;
mod asked;
mod change_sets;
mod health;
mod locks;
mod looks;
mod metrics;
mod record;
mod run;
mod running;
mod seen;
mod services;
mod standing;
mod versions;
mod words;

pub use asked::{Asked, Health, Once, Quiet};
pub use record::Record;
pub use run::{Ended, Judged, News, Releasing, Stop, Who};
pub use running::{Checkpoint, Running, running};
pub use seen::Application;
pub use services::{Object, Parameter, Services, Snapshot};
pub use standing::{Standing, standing};
pub use versions::{Version, digest_in, versions, with_short_digests};
pub use words::{counted, short, spoken};

/// The time, and how it is written. Tests let it run faster.
pub trait Clock {
    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// RFC 3339 in UTC.
    fn written(&self, seconds: u64) -> String;

    /// Reads what [`Clock::written`] gave; `None` when it is no such time.
    fn read(&self, time: &str) -> Option<u64>;

    /// Lets so many seconds pass; false when somebody wants this to end.
    fn pause(&self, seconds: u64) -> bool;
}

#[cfg(test)]
mod tests;
