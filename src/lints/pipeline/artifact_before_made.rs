use crate::analysis::System;
use crate::analysis::stages::Action;
use crate::analysis::value::text;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/artifact-before-made",
        level: Level::Error,
        page: include_str!("artifact_before_made.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, actions) in system.whole_pipelines() {
        let outputs: Option<Vec<_>> = actions.iter().map(Action::known_outputs).collect();
        let Some(outputs) = outputs else { continue };
        for action in &actions {
            for input in action.inputs() {
                let Some(name) = text(input) else { continue };
                let makers = actions.iter().zip(&outputs).flat_map(|(maker, outputs)| {
                    outputs.iter().filter(|(made, _)| *made == name).map(move |(_, value)| (maker, *value))
                });
                let makers: Vec<_> = makers.collect();
                if makers.iter().any(|(maker, _)| !maker.is_not_before(action)) {
                    continue;
                }
                let Some((maker, output)) = makers.first() else { continue };
                let itself = std::ptr::eq(maker.value, action.value);
                let message = match (itself, maker.index == action.index) {
                    (true, _) => format!("the action reads `{name}`, which it makes itself"),
                    (_, true) => format!("the action reads `{name}`, and the action that makes it does not run before"),
                    (_, false) => format!("the action reads `{name}`, which a later stage makes"),
                };
                let help = match maker.run_order().filter(|_| maker.index == action.index && !itself) {
                    Some(order) => format!("set `RunOrder: {}` on the action that reads it", order + 1),
                    None => "read an artifact that an action before this one makes".to_owned(),
                };
                let found = Diagnostic::new(&LINT.rule, &input.origin.span, format!("{message}; AWS refuses that"));
                findings.push(found.related(&output.origin.span, "made here").help(help));
            }
        }
    }
}
