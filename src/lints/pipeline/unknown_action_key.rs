use crate::analysis::System;
use crate::analysis::stages::actions;
use crate::analysis::value::{entries, is_no_value, look};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::facts::actions::ActionType;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unknown-action-key",
        level: Level::Error,
        page: include_str!("unknown_action_key.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts() else { continue };
            let Some(configuration) = look(action.value, "/Configuration").found() else { continue };
            for (name, value) in entries(configuration) {
                if name.starts_with("Fn::") || is_no_value(value) || known.key(name).is_some() {
                    continue;
                }
                let near = nearest(name, known.keys().map(|key| key.name));
                if near.is_none() && known.is_open() {
                    continue;
                }
                let span = value.key_span();
                let provider = known.provider();
                let message = format!("an action `{provider}` has no setting `{name}`, so AWS refuses the pipeline");
                let found = Diagnostic::new(&LINT.rule, span, message).help(help(*known, name, near));
                let edits = system.editor(span).zip(near).and_then(|(editor, near)| editor.rename_key(span, near));
                let title = format!("write `{}`", near.unwrap_or_default());
                findings.push(found.fix(title, Safety::Unsafe, edits.unwrap_or_default()));
            }
        }
    }
}

/// What stands beside the configuration of an action, not in it.
const BESIDE: [&str; 4] = ["Commands", "EnvironmentVariables", "OutputVariables", "TimeoutInMinutes"];

fn help(known: ActionType, name: &str, near: Option<&str>) -> String {
    let beside = BESIDE.into_iter().find(|key| key.eq_ignore_ascii_case(name));
    match (near, beside) {
        (Some(near), _) => format!("write `{near}`"),
        (None, Some(key)) => format!("write `{key}` beside `Configuration`, or remove it"),
        (None, None) => format!("remove it, or use one of {}", list(known.keys().map(|key| key.name))),
    }
}
