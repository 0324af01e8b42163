//! How long to wait between two looks at something that is in progress.

use std::time::Duration;

use crate::cloud::Look;

const FIRST: Duration = Duration::from_millis(250);
/// Often enough for a person who watches, seldom enough for AWS's limit of calls.
const LONGEST: Duration = Duration::from_secs(4);

/// Waits longer each time.
pub(super) struct Patience {
    next: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    pub(super) fn pause(&mut self, cloud: &dyn Look) {
        cloud.pause(self.next);
        self.next = (self.next * 2).min(LONGEST);
    }

    /// Something has happened: the next thing may follow soon.
    pub(super) fn renew(&mut self) {
        self.next = FIRST;
    }
}
