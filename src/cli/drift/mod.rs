//! `tidegate drift`: looks at every place, then shows what was seen in one of the formats, a file each.

mod json;
mod text;

use clap::Args;

use super::account::{AccountArguments, Place, failed};
use super::{Arguments, Exit, FormatArgument, Outcome};
use crate::diagnostic::{self, Format};
use crate::host;
use crate::reconcile::{self, Coverage, Inspection, ResourceDrift};

/// Compare what is live with what the document says, property by property
///
/// Reads only. Each resource is compared, or listed as not checkable with the reason; the share of what was compared
/// is printed. A difference leads back to the line of the document that asks for something else.
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
    /// Exit with 3 when something could not be compared.
    #[arg(long)]
    strict: bool,
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
        let mut seen: Vec<Seen<'_>> = Vec::new();
        for place in session.places(self.stack.as_deref())? {
            crate::cloud::verify_account(&place.account, &place.deployment.account).map_err(|error| failed(&error))?;
            let inspection =
                reconcile::inspect(&place.account, place.stack, place.deployment).map_err(|error| failed(&error))?;
            seen.push(Seen { place, inspection });
        }
        match format {
            Format::Full => seen.iter().for_each(|seen| host::print(&text::of(seen))),
            Format::Json => host::print(&format!("{:#}\n", json::document(&seen))),
            format => {
                let mut findings: Vec<_> =
                    seen.iter().flat_map(|seen| reconcile::diagnostics(&seen.inspection.drifts)).collect();
                diagnostic::sort(&mut findings);
                host::print(&diagnostic::render(&findings, format, host::style()));
            }
        }
        let drifts = || seen.iter().flat_map(|seen| &seen.inspection.drifts);
        let all: Vec<ResourceDrift> = drifts().cloned().collect();
        if self.detailed_exitcode && drifts().any(ResourceDrift::drifted) {
            return Ok(Exit::Different);
        }
        Ok(if self.strict && Coverage::of(&all).percent() < 100 { Exit::Environment } else { Exit::Clean })
    }
}
