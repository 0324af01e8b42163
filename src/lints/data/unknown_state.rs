use crate::analysis::System;
use crate::analysis::value::{entries, items, look, text};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "states/unknown-state", level: Level::Error, page: include_str!("unknown_state.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::StepFunctions::StateMachine") {
        let properties = &site.resource.properties;
        // A serverless application gives parts of the definition by substitution; names of states are none of them.
        if let Some(definition) = look(properties, "/Definition").found() {
            machine(definition, findings);
        }
    }
}

/// Checks the names of one level of states, and then the levels inside it.
fn machine(definition: &Value, findings: &mut Vec<Diagnostic>) {
    let Some(states) = look(definition, "/States").found().filter(|it| matches!(it.kind, ValueKind::Map(_))) else {
        return;
    };
    let names: Vec<&str> = entries(states).iter().map(|(name, _)| name.as_str()).collect();
    let mut wanted = Vec::new();
    wanted.extend(look(definition, "/StartAt").found());
    for (_, state) in entries(states) {
        wanted.extend(look(state, "/Next").found());
        wanted.extend(look(state, "/Default").found());
        for list in ["/Choices", "/Catch"] {
            let rules = look(state, list).found().map(items).unwrap_or_default();
            wanted.extend(rules.into_iter().filter_map(|rule| look(rule, "/Next").found()));
        }
        for inside in ["/Iterator", "/ItemProcessor"] {
            if let Some(inside) = look(state, inside).found() {
                machine(inside, findings);
            }
        }
        for branch in look(state, "/Branches").found().map(items).unwrap_or_default() {
            machine(branch, findings);
        }
    }
    for value in wanted {
        let Some(name) = text(value).filter(|name| !names.contains(&name.as_ref()) && !name.contains("${")) else {
            continue;
        };
        let message = format!("there is no state `{name}` at this level, and Step Functions refuses the definition");
        let help = match nearest(&name, names.iter().copied()) {
            Some(near) => format!("write `{near}`"),
            None => format!("add a state `{name}`, or name one of those that are there"),
        };
        findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help));
    }
}
