//! Looking at many stacks at the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::account::{Session, title};
use crate::cli::targets::Reached;
use crate::cli::together::together;
use crate::cloud::aws::{Account, Depth, Tell};
use crate::cloud::{CloudError, verify_account};
use crate::desired::{Deployment, Stack};
use crate::diagnostic::Diagnostic;
use crate::host;
use crate::reconcile::{self, Authored, Inspection, ResourceDrift};

/// A stack in a place, and what was seen there.
pub(super) struct Seen<'a> {
    pub(super) session: &'a Session,
    pub(super) deployment: &'a Deployment,
    pub(super) result: Result<Inspection, CloudError>,
    /// How many calls each service got.
    pub(super) calls: BTreeMap<String, usize>,
}

impl Seen<'_> {
    pub(super) fn title(&self) -> String {
        title(self.deployment)
    }

    /// The document.
    pub(super) fn path(&self) -> &str {
        self.session.project.input.file.path()
    }

    /// Nothing where it could not be looked at.
    pub(super) fn drifts(&self) -> &[ResourceDrift] {
        self.result.as_ref().map_or(&[], |inspection| &inspection.drifts)
    }

    /// Why it could not be looked at, in one line.
    pub(super) fn failure(&self) -> Option<String> {
        let error = self.result.as_ref().err()?;
        Some(format!("{}: {}", self.title(), error.with_hint()))
    }

    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        match &self.result {
            Ok(inspection) => reconcile::diagnostics(&inspection.drifts),
            Err(error) => vec![reconcile::unreachable(&self.title(), error, &self.deployment.origin)],
        }
    }
}

/// A stack to look at.
struct Sight<'a> {
    session: &'a Session,
    stack: &'a Stack,
    deployment: &'a Deployment,
}

impl<'a> Sight<'a> {
    fn look(&self, today: &str, depth: Depth, tell: Tell) -> Seen<'a> {
        let mut calls = BTreeMap::new();
        let result = self.session.connect(self.deployment).and_then(|mut account| {
            account.look(depth);
            account.tell_progress(tell);
            let inspection = self.inspect(&account, today);
            calls = account.calls();
            inspection
        });
        Seen { session: self.session, deployment: self.deployment, result, calls }
    }

    fn inspect(&self, account: &Account, today: &str) -> Result<Inspection, CloudError> {
        verify_account(account, &self.deployment.account)?;
        let committed = self.session.committed(self.stack);
        let carriers = reconcile::carriers(&self.session.build.desired, self.deployment);
        let authored = Authored {
            stack: self.stack,
            deployment: self.deployment,
            committed: committed.as_ref(),
            carriers: &carriers,
        };
        let mut inspection = reconcile::inspect_authored(account, &authored)?;
        let acceptances = &self.session.build.desired.acceptances;
        reconcile::accept(&self.deployment.environment, &mut inspection.drifts, acceptances, today);
        Ok(inspection)
    }
}

/// Looks at all stacks that are meant, in the order of the documents and of deployment.
pub(super) fn at_all<'a>(reached: &Reached<'a>, today: &str, depth: Depth) -> Vec<Seen<'a>> {
    let sight = |&(session, stack, deployment): &_| Sight { session, stack, deployment };
    let sights: Vec<Sight<'a>> = reached.stacks.iter().map(sight).collect();
    let progress = Arc::new(Mutex::new(vec![(0, 0); sights.len()]));
    let seen = together(&sights, |index, sight| sight.look(today, depth, tell_of(index, &progress)));
    host::progress("", 1, 1);
    seen
}

/// Shows how many resources were read over all stacks, when more of the one at `index` were.
fn tell_of(index: usize, progress: &Arc<Mutex<Vec<(usize, usize)>>>) -> Tell {
    let progress = Arc::clone(progress);
    Arc::new(move |done, all| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = progress.get_mut(index) {
            *own = (done, all);
        }
        let (done, all) = progress.iter().fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        host::progress("looking at resources", done, all);
    })
}
