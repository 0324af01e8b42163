use crate::analysis::System;
use crate::analysis::stages::{Action, below, rules};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unmade-artifact", level: Level::Error, page: include_str!("unmade_artifact.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (pipeline, actions) in system.whole_pipelines() {
        let outputs: Option<Vec<_>> = actions.iter().map(Action::known_outputs).collect();
        let Some(outputs) = outputs else { continue };
        let made: Vec<_> = outputs.into_iter().flatten().map(|(name, _)| name).collect();
        let of_rules = rules(pipeline).into_iter().flat_map(|rule| below(rule, "/InputArtifacts"));
        let of_rules = of_rules.filter_map(|artifact| look(artifact, "/Name").found());
        for input in actions.iter().flat_map(Action::inputs).chain(of_rules) {
            let Some(name) = text(input).filter(|name| !made.contains(name)) else { continue };
            let span = &input.origin.span;
            let near = nearest(&name, made.iter().map(AsRef::as_ref));
            let help = match near {
                Some(near) => format!("write `{near}`"),
                None if made.is_empty() => "add it to the `OutputArtifacts` of the action that makes it".to_owned(),
                None => format!("name an artifact that is made: {}", list(made.iter().map(AsRef::as_ref))),
            };
            let edits = system.editor(span).zip(near).and_then(|(editor, near)| editor.replace_scalar(span, near));
            let message = format!("no action makes the artifact `{name}`, so AWS refuses the pipeline");
            let title = format!("write `{}`", near.unwrap_or_default());
            let found = Diagnostic::new(&LINT.rule, span, message).help(help);
            findings.push(found.fix(title, Safety::Unsafe, edits.unwrap_or_default()));
        }
    }
}
