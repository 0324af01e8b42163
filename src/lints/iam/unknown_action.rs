use crate::analysis::System;
use crate::analysis::role::{covers_action, documents};
use crate::analysis::value::text;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::facts::iam;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/unknown-action", level: Level::Warning, page: include_str!("unknown_action.md") },
    effect: Effect::Run,
    check,
};

/// AWS's own default policies of topics have it, and it does nothing.
const RECEIVE: &str = "sns:receive";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for document in documents(system) {
        for statement in document.statements() {
            findings.extend(statement.actions.items.iter().filter_map(|action| fault(action)));
        }
    }
}

fn fault(value: &Value) -> Option<Diagnostic> {
    let written = text(value)?;
    if written == "*" || written.eq_ignore_ascii_case(RECEIVE) {
        return None;
    }
    let find = |message: String| Diagnostic::new(&LINT.rule, &value.origin.span, message);
    let Some((prefix, action)) = written.split_once(':') else {
        let message = format!("`{written}` does not say of which service it is an action, and IAM refuses the policy");
        return Some(find(message).help("write the service before it, e.g. `s3:GetObject`"));
    };
    if prefix.contains(['*', '?', '$']) {
        return None;
    }
    let service = prefix.to_ascii_lowercase();
    if !iam::prefixes().contains(&service.as_str()) {
        let message =
            format!("no service has the prefix `{prefix}`, so that the statement says nothing of `{written}`");
        let help = match nearest(&service, iam::prefixes().iter().copied()) {
            Some(meant) => format!("write `{meant}:{action}`"),
            None => "write the service's prefix as in the Service Authorization Reference".to_owned(),
        };
        return Some(find(message).help(help));
    }
    let known = iam::service(prefix)?;
    if known.has(action) || known.actions().any(|name| covers_action(action, name)) {
        return None;
    }
    let message = format!("`{service}` has no action `{action}`, so that the statement allows or denies nothing by it");
    let help = match nearest(action, known.actions()) {
        Some(meant) => format!("write `{service}:{meant}`"),
        None => format!("write an action that the Service Authorization Reference lists for `{service}`"),
    };
    Some(find(message).help(help))
}
