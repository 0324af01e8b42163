use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Edit, Level, Rule, Safety, list};
use crate::facts::actions::{all, find};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/wrong-action-type", level: Level::Error, page: include_str!("wrong_action_type.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            findings.extend(wrong(system, &action));
        }
    }
}

fn wrong(system: &System<'_>, action: &Action<'_>) -> Option<Diagnostic> {
    let (category, owner, provider) = (action.category()?, action.owner()?, action.provider()?);
    // Actions of owner `Custom` are known to an account alone; any other owner is no owner at all.
    if !["AWS", "ThirdParty"].contains(&owner.as_ref()) {
        return None;
    }
    if let Some(known) = find(&category, &owner, &provider) {
        return part(system, action, "Version", &[known.version()]);
    }
    if let Some(known) = action.facts() {
        return part(system, action, "Owner", &[known.owner()]);
    }
    let of_provider = all().filter(|known| known.provider() == provider);
    let categories: Vec<_> = of_provider.map(|known| known.category()).collect();
    let is_category = all().any(|known| known.category() == category);
    (!categories.is_empty() && is_category).then(|| part(system, action, "Category", &categories))?
}

/// One part of the type of an action, when it is surely none of `meant`.
fn part(system: &System<'_>, action: &Action<'_>, key: &str, meant: &[&str]) -> Option<Diagnostic> {
    let value = look(action.value, &format!("/ActionTypeId/{key}")).found()?;
    let written = text(value).filter(|written| !meant.contains(&written.as_ref()))?;
    let provider = action.provider()?;
    let what = key.to_lowercase();
    let message = format!("CodePipeline has no action `{provider}` of {what} `{written}`, and refuses the pipeline");
    let found = Diagnostic::new(&LINT.rule, &value.origin.span, message);
    let [only] = meant else { return Some(found.help(format!("write one of {}", list(meant.iter().copied())))) };
    Some(found.help(format!("write `{only}`")).fix(
        format!("write `{only}`"),
        Safety::Unsafe,
        edits(system, value, only),
    ))
}

fn edits(system: &System<'_>, value: &Value, text: &str) -> Vec<Edit> {
    let span = &value.origin.span;
    system.editor(span).and_then(|editor| editor.replace_scalar(span, text)).unwrap_or_default()
}
