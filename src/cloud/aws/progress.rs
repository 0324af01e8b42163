//! How far a look has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gets how many of how many resources were read.
pub type Tell = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// Counts the resources that were read and tells of each.
#[derive(Clone, Default)]
pub(super) struct Progress {
    done: Arc<AtomicUsize>,
    all: usize,
    tell: Option<Tell>,
}

impl Progress {
    pub(super) fn new(all: usize, tell: Option<Tell>) -> Self {
        Self { done: Arc::default(), all, tell }
    }

    /// One more resource was read.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(tell) = &self.tell {
            tell(done.min(self.all), self.all);
        }
    }
}
