use std::collections::BTreeSet;

use crate::analysis::System;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::facts::actions::all;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "pipeline/unknown-provider", level: Level::Warning, page: include_str!("unknown_provider.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            findings.extend(unknown(system, &action));
        }
    }
}

fn unknown(system: &System<'_>, action: &Action<'_>) -> Option<Diagnostic> {
    let owner = action.owner()?;
    let provider = look(action.value, "/ActionTypeId/Provider").found()?;
    let name = text(provider).filter(|name| all().all(|known| known.provider() != name))?;
    let of_owner = all().filter(|known| known.owner() == owner);
    let providers: BTreeSet<_> = of_owner.map(|known| known.provider()).collect();
    let near = nearest(&name, providers.iter().copied());
    // Other firms offer actions that are listed nowhere.
    if owner != "AWS" && near.is_none() {
        return None;
    }
    let span = &provider.origin.span;
    let message = format!("CodePipeline has no action `{name}`, so it refuses the pipeline");
    let found = Diagnostic::new(&LINT.rule, span, message);
    let Some(near) = near else { return Some(found.help(choices(action))) };
    let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, near));
    let fix = format!("write `{near}`");
    Some(found.help(fix.clone()).fix(fix, Safety::Unsafe, edits.unwrap_or_default()))
}

fn choices(action: &Action<'_>) -> String {
    let category = action.category().unwrap_or_default();
    let of_category: Vec<_> =
        all().filter(|known| known.category() == category).map(|known| known.provider()).collect();
    match of_category.as_slice() {
        [] => "write the provider as the CodePipeline User Guide names it".to_owned(),
        [one] => format!("write `{one}`, or `Custom` as the owner of an action of your own"),
        _ => format!("write one of {}, or `Custom` as the owner of an action of your own", list(of_category)),
    }
}
