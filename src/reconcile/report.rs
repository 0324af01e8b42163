//! Drift as messages, at the lines of the document that ask for something else.

use super::drift::{Outcome, ResourceDrift};
use crate::diagnostic::{Diagnostic, Level, Rule};

pub static CHANGED: Rule = Rule { name: "drift/changed", level: Level::Error, page: include_str!("rules/changed.md") };
pub static DELETED: Rule = Rule { name: "drift/deleted", level: Level::Error, page: include_str!("rules/deleted.md") };
pub static UNCHECKED: Rule =
    Rule { name: "drift/unchecked", level: Level::Info, page: include_str!("rules/unchecked.md") };

/// The rules of this room.
pub static RULES: &[&Rule] = &[&CHANGED, &DELETED, &UNCHECKED];

/// One message for each property that differs, each resource that is gone, and each that could not be compared.
pub fn diagnostics(drifts: &[ResourceDrift]) -> Vec<Diagnostic> {
    drifts.iter().flat_map(of_resource).collect()
}

fn of_resource(drift: &ResourceDrift) -> Vec<Diagnostic> {
    let name = format!("`{}` of `{}`", drift.logical_id, drift.thing);
    let shown =
        |value: &Option<serde_json::Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    match &drift.outcome {
        Outcome::Deleted => {
            let gone = Diagnostic::new(
                &DELETED,
                &drift.origin.span,
                format!("{name} was deleted behind CloudFormation's back"),
            );
            return vec![
                gone.label("asks for it")
                    .help("deploy the stack under another logical id, or restore the resource and import it"),
            ];
        }
        Outcome::NotCheckable(reason) => {
            let unknown =
                Diagnostic::new(&UNCHECKED, &drift.origin.span, format!("{name} could not be compared: {reason}"));
            return vec![
                unknown.label("may differ").help("look at it in the console, or give the permission that is named"),
            ];
        }
        Outcome::Compared | Outcome::NotDeployed => {}
    }
    let drifted = drift.differences.iter().filter(|difference| difference.class.is_drift());
    let differences = drifted.map(|difference| {
        let message = format!(
            "{} of {name} is {} in the account, but {} is asked for",
            difference.path,
            shown(&difference.live),
            shown(&difference.wanted),
        );
        Diagnostic::new(&CHANGED, &difference.origin.span, message)
            .label("asks for something else")
            .help(difference.class.help())
    });
    differences.collect()
}
