use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{entries, look};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::facts::actions::ActionType;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/missing-action-key",
        level: Level::Error,
        page: include_str!("missing_action_key.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts() else { continue };
            let required = known.keys().filter(|key| key.is_required()).map(|key| key.name);
            let missing: Vec<_> = required
                .filter(|name| action.configuration(name).is_absent() && !is_misspelt(*known, &action, name))
                .collect();
            if missing.is_empty() {
                continue;
            }
            let configuration = look(action.value, "/Configuration").found();
            let place = configuration.or_else(|| look(action.value, "/ActionTypeId/Provider").found());
            let span = place.map_or(&action.value.origin.span, Value::key_span);
            let names = list(missing.iter().copied());
            let message = format!("the action `{}` lacks {names}, so AWS refuses the pipeline", known.provider());
            let found = Diagnostic::new(&LINT.rule, span, message);
            findings.push(found.help(format!("add {names} to the configuration of the action")));
        }
    }
}

/// Whether another name stands there for it, which is told of already.
fn is_misspelt(known: ActionType, action: &Action<'_>, name: &str) -> bool {
    let written = look(action.value, "/Configuration").found().map(entries).unwrap_or_default();
    let mut unknown = written.iter().filter(|(key, _)| known.key(key).is_none());
    unknown.any(|(key, _)| nearest(key, known.keys().map(|key| key.name)) == Some(name))
}
