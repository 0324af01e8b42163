//! `tidegate drift`: looks at every place, then shows what was seen in one of the formats, a file each.

mod acceptances;
mod calls;
mod coverage;
mod json;
mod text;

use clap::Args;

use acceptances::Acceptances;

use super::account::{AccountArguments, Place, failed};
use super::{Arguments, Exit, FormatArgument, Outcome};
use crate::cloud::aws::Depth;
use crate::diagnostic::{self, Format};
use crate::host;
use crate::reconcile::{self, Authored, Class, Coverage, Inspection, ResourceDrift};

/// Compare what is live with what the document says, property by property
///
/// Reads only. Live is compared with what was deployed, and what was deployed with the document: each difference has a
/// class, and leads back to the line of the document. Each property of each resource is compared, or as AWS has it by
/// default, or listed as not checkable with the reason; the share is printed.
#[derive(Args)]
pub(super) struct Drift {
    /// The environment, or `delivery` for the pipelines; all of them when none is named.
    stack: Option<String>,
    #[command(flatten)]
    account: AccountArguments,
    #[command(flatten)]
    format: FormatArgument,
    /// Exit with 2 when something differs.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Exit with 2 when there is a difference of one of these classes: as --detailed-exitcode, which means `out-of-band`.
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = Class::WORDS)]
    fail_on: Vec<String>,
    /// Exit with 3 when something that the document asks for could not be compared.
    #[arg(long)]
    strict: bool,
    /// Exit with 3 when less than this share of all properties was looked at.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    require_coverage: Option<u8>,
    /// Make as few calls as possible: only what this program reads itself and what CloudFormation's drift detection says.
    /// Settings that the document does not mention are then not found everywhere.
    #[arg(long)]
    quick: bool,
    /// Show the share of each kind of thing, and why the rest is not checkable; in JSON, every property.
    #[arg(long)]
    ledger: bool,
}

/// A stack in a place, and what was seen there.
struct Seen<'a> {
    place: Place<'a>,
    inspection: Inspection,
}

impl Arguments for Drift {
    fn run(self) -> Outcome {
        let format = self.format.format();
        let session = self.account.open()?;
        let today = host::today();
        let known = &session.build.desired.acceptances;
        let mut seen: Vec<Seen<'_>> = Vec::new();
        for mut place in session.places(self.stack.as_deref())? {
            place.account.look(if self.quick { Depth::Quick } else { Depth::Whole });
            place.account.tell_progress(|done, all| host::progress("looking at resources", done, all));
            crate::cloud::verify_account(&place.account, &place.deployment.account).map_err(|error| failed(&error))?;
            let committed = session.committed(place.stack);
            let authored = Authored { stack: place.stack, deployment: place.deployment, committed: committed.as_ref() };
            let mut inspection =
                reconcile::inspect_authored(&place.account, &authored).map_err(|error| failed(&error))?;
            host::progress("", 1, 1);
            inspection.notes.iter().for_each(|note| host::tell(&format!("{}: {note}", place.title())));
            reconcile::accept(&place.deployment.environment, &mut inspection.drifts, known, &today);
            seen.push(Seen { place, inspection });
        }
        let acceptances = Acceptances::judge(&session, &seen, &today);
        match format {
            Format::Full => {
                seen.iter().for_each(|seen| host::print(&text::of(seen, self.ledger)));
                host::print(&calls::line(&seen, self.quick));
                let findings: Vec<_> = acceptances.diagnostics().collect();
                host::print(&diagnostic::render(&findings, format, host::style()));
            }
            Format::Json => host::print(&format!("{:#}\n", json::document(&seen, &acceptances, self.ledger))),
            format => {
                let differences = seen.iter().flat_map(|seen| reconcile::diagnostics(&seen.inspection.drifts));
                let mut findings: Vec<_> = differences.chain(acceptances.diagnostics()).collect();
                diagnostic::sort(&mut findings);
                host::print(&diagnostic::render(&findings, format, host::style()));
            }
        }
        if !acceptances.expired.is_empty() {
            return Ok(Exit::Findings);
        }
        let drifts: Vec<ResourceDrift> = seen.iter().flat_map(|seen| &seen.inspection.drifts).cloned().collect();
        if drifts.iter().any(|drift| self.fails_on(drift)) {
            return Ok(Exit::Different);
        }
        if self.strict && Coverage::declared(&drifts).percent() < 100 {
            return Ok(Exit::Environment);
        }
        self.require_coverage.map_or(Ok(Exit::Clean), |percent| coverage::require(percent, &drifts))
    }
}

impl Drift {
    /// Whether a resource has a difference of a class that is to fail.
    fn fails_on(&self, drift: &ResourceDrift) -> bool {
        let asked = |word: &str| self.fail_on.iter().any(|class| class == word);
        let out_of_band = Class::OutOfBand.word();
        (self.detailed_exitcode || asked(out_of_band)) && drift.drifted()
            || drift.all().any(|difference| difference.accepted.is_none() && asked(difference.class.word()))
    }
}
