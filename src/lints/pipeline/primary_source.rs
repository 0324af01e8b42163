use crate::analysis::System;
use crate::analysis::stages::{Action, actions, counted};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/primary-source", level: Level::Warning, page: include_str!("primary_source.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            if action.provider().as_deref() == Some("CodeBuild") {
                findings.extend(missing(&action).or_else(|| unknown(system, &action)));
            }
        }
    }
}

fn missing(action: &Action<'_>) -> Option<Diagnostic> {
    if !action.configuration("PrimarySource").is_absent() || counted(action.value, "/InputArtifacts")?.len() < 2 {
        return None;
    }
    let inputs = look(action.value, "/InputArtifacts").found()?;
    let message = "the build has several input artifacts, and nothing says which of them holds the buildspec";
    let first = action.inputs().first().and_then(|name| text(name)).unwrap_or("Code".into());
    let help = format!("add `PrimarySource` to its `Configuration`, e.g. `PrimarySource: {first}`");
    Some(Diagnostic::new(&LINT.rule, inputs.key_span(), message).help(help))
}

fn unknown(system: &System<'_>, action: &Action<'_>) -> Option<Diagnostic> {
    let value = action.configuration("PrimarySource").found()?;
    let name = text(value).filter(|name| !name.is_empty() && !name.contains("#{"))?;
    let inputs = action.known_inputs().filter(|inputs| !inputs.is_empty())?;
    let names: Vec<_> = inputs.iter().map(|(name, _)| name.as_ref()).collect();
    if names.contains(&name.as_ref()) {
        return None;
    }
    let span = &value.origin.span;
    let only = if let [only] = names.as_slice() { Some(*only) } else { None };
    let near = nearest(&name, names.iter().copied()).or(only);
    let help =
        near.map_or_else(|| format!("write one of {}", list(names.iter().copied())), |it| format!("write `{it}`"));
    let edits = system.editor(span).zip(near).and_then(|(editor, near)| editor.replace_scalar(span, near));
    let message = format!("the primary source `{name}` is no input artifact of the build");
    let title = format!("write `{}`", near.unwrap_or_default());
    Some(Diagnostic::new(&LINT.rule, span, message).help(help).fix(title, Safety::Unsafe, edits.unwrap_or_default()))
}
