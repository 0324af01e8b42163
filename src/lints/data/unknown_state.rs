use crate::analysis::System;
use crate::analysis::machine::{definition, is_whole, levels, states};
use crate::analysis::value::{items, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "states/unknown-state", level: Level::Error, page: include_str!("unknown_state.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::StepFunctions::StateMachine") {
        if let Some(definition) = definition(&site.resource.properties) {
            levels(&definition).into_iter().for_each(|level| findings.extend(unknown(level)));
        }
    }
}

/// What names a state that is not at its level.
fn unknown(level: &Value) -> Vec<Diagnostic> {
    let names: Vec<&str> = states(level).iter().map(|(name, _)| name.as_str()).collect();
    let mut wanted = Vec::new();
    wanted.extend(look(level, "/StartAt").found());
    for (_, state) in states(level) {
        wanted.extend(look(state, "/Next").found());
        wanted.extend(look(state, "/Default").found());
        for list in ["/Choices", "/Catch"] {
            let rules = look(state, list).found().map(items).unwrap_or_default();
            wanted.extend(rules.into_iter().filter_map(|rule| look(rule, "/Next").found()));
        }
    }
    let missing = |value: &Value| {
        let name = text(value).filter(|name| !names.contains(&name.as_ref()) && is_whole(name))?;
        let message = format!("there is no state `{name}` at this level, and Step Functions refuses the definition");
        let help = match nearest(&name, names.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => format!("add a state `{name}`, or name one of those that are there"),
        };
        Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
    };
    if names.iter().all(|name| is_whole(name)) { wanted.into_iter().filter_map(missing).collect() } else { Vec::new() }
}
