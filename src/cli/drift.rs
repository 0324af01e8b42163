//! `tidegate drift`

use clap::Args;
use serde_json::json;

use super::account::{AccountArguments, Place, failed, place_of};
use super::{Arguments, Exit, FormatArgument, Outcome};
use crate::diagnostic::{self, Format};
use crate::host;
use crate::reconcile::{self, Coverage, Difference, Inspection, Outcome as Looked, ResourceDrift, Unchecked};

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

impl Arguments for Drift {
    fn run(self) -> Outcome {
        let format = self.format.format();
        let session = self.account.open()?;
        let mut seen = Vec::new();
        for place in session.places(self.stack.as_deref())? {
            crate::cloud::verify_account(&place.account, &place.deployment.account).map_err(|error| failed(&error))?;
            let inspection =
                reconcile::inspect(&place.account, place.stack, place.deployment).map_err(|error| failed(&error))?;
            seen.push((place, inspection));
        }
        match format {
            Format::Full => seen.iter().for_each(|(place, inspection)| host::print(&text(place, inspection))),
            Format::Json => host::print(&format!("{:#}\n", document(&seen))),
            format => {
                let mut findings: Vec<_> =
                    seen.iter().flat_map(|(_, inspection)| reconcile::diagnostics(&inspection.drifts)).collect();
                diagnostic::sort(&mut findings);
                host::print(&diagnostic::render(&findings, format, host::style()));
            }
        }
        let drifts = || seen.iter().flat_map(|(_, inspection)| &inspection.drifts);
        let all: Vec<ResourceDrift> = drifts().cloned().collect();
        if self.detailed_exitcode && drifts().any(ResourceDrift::drifted) {
            return Ok(Exit::Different);
        }
        Ok(if self.strict && Coverage::of(&all).percent() < 100 { Exit::Environment } else { Exit::Clean })
    }
}

fn text(place: &Place<'_>, inspection: &Inspection) -> String {
    let Some(state) = &inspection.state else {
        return format!("{}: not deployed\n", place.title());
    };
    let drifted = inspection.drifts.iter().filter(|drift| drift.drifted()).count();
    let coverage = Coverage::of(&inspection.drifts);
    let verdict = match drifted {
        0 => "nothing that was compared differs".to_owned(),
        1 => "1 resource differs".to_owned(),
        count => format!("{count} resources differ"),
    };
    let mut lines = vec![format!("{}, {}: {verdict}", place.title(), state.status)];
    for drift in &inspection.drifts {
        let name = format!("{} {} ({})", drift.resource_type, drift.logical_id, drift.thing);
        lines.push(match &drift.outcome {
            Looked::Compared if drift.differences.is_empty() => {
                format!("  = {name}: {} values compared", drift.compared)
            }
            Looked::Compared => format!("  ~ {name}: {} values compared", drift.compared),
            Looked::Deleted => format!("  - {name}: deleted behind CloudFormation's back"),
            Looked::NotDeployed => format!("  . {name}: not deployed"),
            Looked::NotCheckable(reason) => format!("  ? {name}: not checkable, {reason}"),
        });
        lines.extend(drift.differences.iter().map(|difference| {
            format!(
                "      {}: {} is wanted, {} is live  {}",
                difference.path,
                shown(difference.wanted.as_ref()),
                shown(difference.live.as_ref()),
                place_of(&difference.origin)
            )
        }));
        if matches!(drift.outcome, Looked::Compared) {
            lines.extend(
                drift.unchecked.iter().map(|unchecked| format!("      ? {}: {}", unchecked.pointer, unchecked.reason)),
            );
        }
    }
    lines.push(format!(
        "  {} of {} values compared ({} %)",
        coverage.compared,
        coverage.compared + coverage.unchecked,
        coverage.percent()
    ));
    lines.join("\n") + "\n"
}

fn shown(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// The JSON of `drift`; a public interface, with its version.
fn document(seen: &[(Place<'_>, Inspection)]) -> serde_json::Value {
    let stacks = seen.iter().map(|(place, inspection)| {
        let coverage = Coverage::of(&inspection.drifts);
        json!({
            "stack": place.deployment.stack_name,
            "environment": place.deployment.environment,
            "account": place.deployment.account,
            "region": place.deployment.region,
            "status": inspection.state.as_ref().map(|state| state.status.clone()),
            "compared": coverage.compared,
            "unchecked": coverage.unchecked,
            "resources": inspection.drifts.iter().map(resource).collect::<Vec<_>>(),
        })
    });
    json!({ "version": 1, "stacks": stacks.collect::<Vec<_>>() })
}

fn resource(drift: &ResourceDrift) -> serde_json::Value {
    let (class, reason) = match &drift.outcome {
        Looked::Compared => ("compared", None),
        Looked::Deleted => ("deleted", None),
        Looked::NotDeployed => ("not-deployed", None),
        Looked::NotCheckable(reason) => ("not-checkable", Some(reason)),
    };
    json!({
        "logical_id": drift.logical_id,
        "type": drift.resource_type,
        "thing": drift.thing,
        "physical_id": drift.physical_id,
        "class": class,
        "reason": reason,
        "compared": drift.compared,
        "differences": drift.differences.iter().map(difference).collect::<Vec<_>>(),
        "unchecked": drift.unchecked.iter().map(unchecked).collect::<Vec<_>>(),
    })
}

fn difference(difference: &Difference) -> serde_json::Value {
    let position = difference.origin.span.start_position();
    json!({
        "pointer": difference.pointer,
        "property": difference.path,
        "wanted": difference.wanted,
        "live": difference.live,
        "path": difference.origin.span.path(),
        "line": position.line,
        "column": position.column,
    })
}

fn unchecked(unchecked: &Unchecked) -> serde_json::Value {
    json!({ "pointer": unchecked.pointer, "reason": unchecked.reason })
}
