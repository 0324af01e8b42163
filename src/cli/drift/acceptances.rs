//! What is to be said of accepted differences themselves.

use super::Seen;
use crate::cli::account::Session;
use crate::desired::Acceptance;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::rules;
use crate::reconcile;

/// Acceptances that somebody has to look at.
pub(super) struct Acceptances<'a> {
    /// Their time is over, so that what they are about is drift again.
    pub(super) expired: Vec<&'a Acceptance>,
    /// Nothing differs where they say so.
    pub(super) needless: Vec<&'a Acceptance>,
}

impl<'a> Acceptances<'a> {
    pub(super) fn judge(session: &'a Session, seen: &[Seen<'_>], today: &str) -> Self {
        let known = &session.build.desired.acceptances;
        let name = |seen: &Seen<'_>| seen.place.deployment.environment.clone();
        let looked_at: Vec<String> = seen.iter().map(name).collect();
        let deployments = session.deployments();
        let all = deployments.iter().map(|(_, deployment)| deployment.environment.as_str());
        let others: Vec<&str> = all.filter(|name| looked_at.iter().all(|known| known != name)).collect();
        let drifts: Vec<_> = looked_at
            .iter()
            .map(String::as_str)
            .zip(seen.iter().map(|seen| seen.inspection.drifts.as_slice()))
            .collect();
        let is_here = |acceptance: &&Acceptance| {
            acceptance.places.is_empty() || acceptance.places.iter().any(|place| looked_at.contains(place))
        };
        Self {
            expired: known.iter().filter(is_here).filter(|acceptance| acceptance.expired(today)).collect(),
            needless: reconcile::needless(known, &drifts, &others),
        }
    }

    /// An expired one is a failure of its own.
    pub(super) fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        let expired =
            self.expired.iter().map(|acceptance| Diagnostic { level: Level::Error, ..rules::expired(acceptance) });
        let needless =
            self.needless.iter().filter(|needless| !self.expired.iter().any(|expired| expired.span == needless.span));
        expired.chain(needless.map(|acceptance| reconcile::needless_acceptance(acceptance)))
    }
}
