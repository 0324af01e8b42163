use super::patterns::{branches, patterns, read};
use crate::analysis::System;
use crate::analysis::value::entries;
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "events/unknown-event-field",
        level: Level::Warning,
        page: include_str!("unknown_event_field.md"),
    },
    effect: Effect::Silent,
    check,
};

/// What every event has around its `detail`.
const FIELDS: &[&str] =
    &["account", "detail", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for pattern in patterns(system).into_iter().filter_map(read).flatten() {
        fields(&pattern, findings);
    }
}

fn fields(pattern: &Value, findings: &mut Vec<Diagnostic>) {
    for (key, value) in entries(pattern) {
        if let Some(branches) = branches(key, value) {
            branches.iter().for_each(|branch| fields(branch, findings));
        } else if !FIELDS.contains(&key.as_str()) && !key.starts_with(['$', 'F']) {
            let message = format!("no event has a field `{key}` at its top, so the pattern never matches");
            let help = match nearest(key, FIELDS.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => {
                    format!("move `{key}` below `detail`; at the top are {}", list(FIELDS.iter().copied()))
                }
            };
            findings.push(Diagnostic::new(&LINT.rule, value.key_span(), message).help(help));
        }
    }
}
