//! Drift as messages, at the lines of the document that ask for something else.

use serde_json::Value as Json;

use super::class::Class;
use super::drift::{Difference, Outcome, ResourceDrift};
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

pub static PENDING: Rule = Rule { name: "drift/pending", level: Level::Info, page: include_str!("rules/pending.md") };
pub static LEGITIMATE: Rule =
    Rule { name: "drift/legitimate", level: Level::Info, page: include_str!("rules/legitimate.md") };

/// The rules of this room.
pub static RULES: &[&Rule] =
    &[&CHANGED, &DELETED, &UNCHECKED, &PENDING, &LEGITIMATE, &UNREACHABLE, &NEEDLESS_ACCEPTANCE];

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
    let mut findings: Vec<Diagnostic> = drift.all().map(|difference| of_difference(&name, difference)).collect();
    match &drift.outcome {
        Outcome::Deleted => {
            let message = format!("{name} was deleted behind CloudFormation's back");
            let gone = Diagnostic::new(&DELETED, &drift.origin.span, message);
            let gone = Diagnostic { suppressed: drift.accepted.as_ref().map(Acceptance::told), ..gone };
            let help = "deploy the stack under another logical id, or restore the resource and import it";
            findings.push(gone.label("asks for it").help(help));
        }
        Outcome::NotCheckable(reason) => {
            let message = format!("{name} could not be compared: {reason}");
            let unknown = Diagnostic::new(&UNCHECKED, &drift.origin.span, message);
            let help = "look at it in the console, or give the permission that is named";
            findings.push(unknown.label("may differ").help(help));
        }
        Outcome::Compared | Outcome::NotDeployed => {}
    }
    findings
}

/// The most of an object or list that is shown in a line.
const LONGEST: usize = 120;

/// One side of a difference in a line: of an object or list, how it begins.
pub fn shown(value: Option<&Json>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) if value.is_object() || value.is_array() => format!("{}…", &text[..end]),
        _ => text,
    }
}

fn of_difference(name: &str, difference: &Difference) -> Diagnostic {
    let Difference { path, wanted, live, origin, class, .. } = difference;
    let gone = difference.is_gone();
    let (wanted, there) = (shown(wanted.as_ref()), shown(live.as_ref()));
    let (rule, message, label) = match class {
        Class::OutOfBand if gone => (
            &CHANGED,
            format!("{path} of {name} is gone from the account, but {wanted} is asked for"),
            "asks for what is gone",
        ),
        Class::OutOfBand => (
            &CHANGED,
            format!("{path} of {name} is {there} in the account, but {wanted} is asked for"),
            "asks for something else",
        ),
        Class::Legitimate(who) => (
            &LEGITIMATE,
            format!("{path} of {name} is {there} in the account and not {wanted}: {who}"),
            "says with what it began",
        ),
        Class::StaleRender => (
            &PENDING,
            format!("{path} of {name} is {there} in the generated template, but {wanted} is asked for"),
            "is not rendered yet",
        ),
        Class::PendingDeploy => (
            &PENDING,
            format!("{path} of {name} is deployed as {there}, but {wanted} is asked for"),
            "is not deployed yet",
        ),
        Class::InPipeline(what) => (
            &PENDING,
            format!("{path} of {name} is deployed as {there}, but {wanted} is asked for: {what}"),
            "is on its way",
        ),
    };
    let found = Diagnostic::new(rule, &origin.span, message).label(label).help(class.help());
    Diagnostic { suppressed: difference.accepted.as_ref().map(Acceptance::told), ..found }
}
