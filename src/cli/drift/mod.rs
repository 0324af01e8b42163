//! `tidegate drift`: looks at every place, then shows what was seen in one of the formats, a file each.

mod acceptances;
mod calls;
mod coverage;
mod json;
mod junit;
mod look;
mod markdown;
mod text;

use clap::Args;

use acceptances::Acceptances;
use look::Seen;

use super::account::AccountArguments;
use super::targets::Targets;
use super::{Arguments, Exit, FormatArgument, Outcome};
use crate::cloud::aws::Depth;
use crate::diagnostic::{self, Diagnostic, Format};
use crate::host;
use crate::reconcile::{Class, Coverage, ResourceDrift};

/// Compare what is live with what the document says, property by property
///
/// Reads only. Live is compared with what was deployed, and what was deployed with the document: each difference has a
/// class, and leads back to the line of the document. Each property of each resource is compared, or as AWS has it by
/// default, or listed as not checkable with the reason; the share is printed. Many stacks are looked at together; one
/// that cannot be reached hinders no other.
#[derive(Args)]
pub(super) struct Drift {
    /// Environments, `delivery` for the pipelines, and documents or folders of documents: words with a point or a slash.
    /// All stacks of `--file` when nothing is named.
    #[arg(value_name = "STACK|FILE")]
    targets: Vec<String>,
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
    /// Exit with 3 when less than this share of all properties was looked at; what the document says unless told otherwise.
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

impl Arguments for Drift {
    fn run(self) -> Outcome {
        let format = self.format.format();
        let targets = Targets::read(&self.targets, &self.account)?;
        let today = host::today();
        let reached = targets.reached()?;
        let seen = look::at_all(&reached, &today, self.depth());
        let acceptances = Acceptances::judge(&targets.sessions, &seen, &today);
        match format {
            Format::Full => {
                seen.iter().for_each(|seen| host::print(&text::of(seen, self.ledger)));
                host::print(&calls::line(&seen, self.quick));
                let findings: Vec<_> = acceptances.diagnostics().collect();
                host::print(&diagnostic::render(&findings, format, host::style()));
                if targets.sessions.len() > 1 || seen.len() > 1 {
                    host::print(&text::summary(&seen));
                }
            }
            Format::Json => host::print(&format!("{:#}\n", json::document(&seen, &acceptances, self.ledger))),
            Format::Junit => host::print(&junit::document(&seen, &acceptances)),
            Format::Markdown => host::print(&markdown::document(&seen, &acceptances)),
            format => {
                let mut findings: Vec<Diagnostic> = seen.iter().flat_map(Seen::diagnostics).collect();
                findings.extend(acceptances.diagnostics());
                diagnostic::sort(&mut findings);
                host::print(&diagnostic::render(&findings, format, host::style()));
            }
        }
        self.exit(&targets, &seen, &acceptances, reached.failed)
    }
}

impl Drift {
    fn depth(&self) -> Depth {
        if self.quick { Depth::Quick } else { Depth::Whole }
    }

    /// What could not be looked at is worse than what differs, and that is worse than what could not be compared.
    fn exit(&self, targets: &Targets, seen: &[Seen<'_>], acceptances: &Acceptances<'_>, unreached: bool) -> Outcome {
        for failure in seen.iter().filter_map(Seen::failure) {
            host::tell(&format!("error: {failure}"));
        }
        if !targets.broken.is_empty() || !acceptances.expired.is_empty() {
            return Ok(Exit::Findings);
        }
        if unreached || seen.iter().any(|seen| seen.result.is_err()) {
            return Ok(Exit::Failed);
        }
        let drifts: Vec<ResourceDrift> = seen.iter().flat_map(Seen::drifts).cloned().collect();
        if drifts.iter().any(|drift| self.fails_on(drift)) {
            return Ok(Exit::Different);
        }
        if self.strict && Coverage::declared(&drifts).percent() < 100 {
            return Ok(Exit::Environment);
        }
        self.covered(targets, seen, &drifts)
    }

    /// Whether enough was looked at: of all together, or of each document as it says itself.
    fn covered(&self, targets: &Targets, seen: &[Seen<'_>], all: &[ResourceDrift]) -> Outcome {
        if let Some(percent) = self.require_coverage {
            return coverage::require(percent, all);
        }
        let mut exit = Exit::Clean;
        for session in &targets.sessions {
            let drift = session.build.model.as_ref().and_then(|model| model.drift.as_ref());
            let Some(percent) = drift.and_then(|drift| drift.require_coverage.as_ref()) else { continue };
            let own = seen.iter().filter(|seen| std::ptr::eq(seen.session, session));
            let own: Vec<ResourceDrift> = own.flat_map(Seen::drifts).cloned().collect();
            if coverage::require(u8::try_from(percent.value.0).unwrap_or(100), &own)? != Exit::Clean {
                exit = Exit::Environment;
            }
        }
        Ok(exit)
    }

    /// Whether a resource has a difference of a class that is to fail.
    fn fails_on(&self, drift: &ResourceDrift) -> bool {
        let asked = |word: &str| self.fail_on.iter().any(|class| class == word);
        let out_of_band = Class::OutOfBand.word();
        (self.detailed_exitcode || asked(out_of_band)) && drift.drifted()
            || drift.all().any(|difference| difference.accepted.is_none() && asked(difference.class.word()))
    }
}
