//! What is to be said of accepted differences themselves.

use super::Seen;
use crate::cli::account::Session;
use crate::desired::Acceptance;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::rules;
use crate::reconcile::{self, ResourceDrift};

/// Acceptances that somebody has to look at.
#[derive(Default)]
pub(super) struct Acceptances<'a> {
    /// Their time is over, so that what they are about is drift again.
    pub(super) expired: Vec<&'a Acceptance>,
    /// Nothing differs where they say so.
    pub(super) needless: Vec<&'a Acceptance>,
}

impl<'a> Acceptances<'a> {
    pub(super) fn judge(sessions: &'a [Session], seen: &[Seen<'_>], today: &str) -> Self {
        let mut all = Self::default();
        for session in sessions {
            all.judge_document(session, seen, today);
        }
        all
    }

    fn judge_document(&mut self, session: &'a Session, seen: &[Seen<'_>], today: &str) {
        let known = &session.build.desired.acceptances;
        let own = || seen.iter().filter(|seen| std::ptr::eq(seen.session, session));
        let looked_at: Vec<(&str, &[ResourceDrift])> = own()
            .filter(|seen| seen.result.is_ok())
            .map(|seen| (seen.deployment.environment.as_str(), seen.drifts()))
            .collect();
        let is_looked_at = |place: &str| looked_at.iter().any(|(known, _)| *known == place);
        let deployments = session.deployments();
        let all = deployments.iter().map(|(_, deployment)| deployment.environment.as_str());
        let others: Vec<&str> = all.filter(|place| !is_looked_at(place)).collect();
        let is_here = |acceptance: &&Acceptance| match acceptance.places.as_slice() {
            [] => own().next().is_some(),
            places => own().any(|seen| places.contains(&seen.deployment.environment)),
        };
        self.expired.extend(known.iter().filter(is_here).filter(|acceptance| acceptance.expired(today)));
        self.needless.extend(reconcile::needless(known, &looked_at, &others));
    }

    /// An expired one is a failure of its own.
    pub(super) fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        let expired =
            self.expired.iter().map(|acceptance| Diagnostic { level: Level::Error, ..rules::expired(acceptance) });
        let is_expired = |needless: &Acceptance| self.expired.iter().any(|expired| expired.span == needless.span);
        let needless = self.needless.iter().filter(move |needless| !is_expired(needless));
        expired.chain(needless.map(|acceptance| reconcile::needless_acceptance(acceptance)))
    }
}
