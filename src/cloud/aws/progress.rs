//! How far a look has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the resources that were read and tells of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    done: Arc<AtomicUsize>,
    all: usize,
    tell: Option<fn(usize, usize)>,
}

impl Progress {
    /// `tell` gets how many of how many are done.
    pub(super) fn new(all: usize, tell: Option<fn(usize, usize)>) -> Self {
        Self { done: Arc::default(), all, tell }
    }

    /// One more resource was read.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(tell) = self.tell {
            tell(done.min(self.all), self.all);
        }
    }
}
