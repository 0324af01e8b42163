//! Drift as messages, at the lines of the document that ask for something else.

use super::drift::{Outcome, ResourceDrift};
use crate::cloud::CloudError;
use crate::desired::{Acceptance, Origin};
use crate::diagnostic::{Diagnostic, Level, Rule};

pub static CHANGED: Rule = Rule { name: "drift/changed", level: Level::Error, page: include_str!("rules/changed.md") };
pub static DELETED: Rule = Rule { name: "drift/deleted", level: Level::Error, page: include_str!("rules/deleted.md") };
pub static UNCHECKED: Rule =
    Rule { name: "drift/unchecked", level: Level::Info, page: include_str!("rules/unchecked.md") };

pub static UNREACHABLE: Rule =
    Rule { name: "drift/unreachable", level: Level::Error, page: include_str!("rules/unreachable.md") };
pub static NEEDLESS_ACCEPTANCE: Rule = Rule {
    name: "drift/needless-acceptance",
    level: Level::Warning,
    page: include_str!("rules/needless-acceptance.md"),
};

/// The rules of this room.
pub static RULES: &[&Rule] = &[&CHANGED, &DELETED, &UNCHECKED, &UNREACHABLE, &NEEDLESS_ACCEPTANCE];

/// Tells that a stack could not be looked at, where the document asks for it.
pub fn unreachable(title: &str, error: &CloudError, origin: &Origin) -> Diagnostic {
    let message = format!("{title} could not be looked at: {error}");
    let help = error.hint.clone().unwrap_or_else(|| "mend what AWS complains of, and look again".to_owned());
    Diagnostic::new(&UNREACHABLE, &origin.span, message).label("nobody knows how this is").help(help)
}

/// Tells that an accepted difference is not there.
pub fn needless(acceptance: &Acceptance) -> Diagnostic {
    let message = format!("nothing that was looked at differs in {}, so it is accepted in vain", acceptance.subject());
    Diagnostic::new(&NEEDLESS_ACCEPTANCE, &acceptance.span, message)
        .label("accepts nothing")
        .help("remove the entry, or name what differs as `tidegate drift` does")
}

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
            let gone = Diagnostic { suppressed: drift.accepted.as_ref().map(Acceptance::told), ..gone };
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
        let changed = Diagnostic::new(&CHANGED, &difference.origin.span, message);
        Diagnostic { suppressed: difference.accepted.as_ref().map(Acceptance::told), ..changed }
            .label("asks for something else")
            .help(difference.class.help())
    });
    differences.collect()
}
