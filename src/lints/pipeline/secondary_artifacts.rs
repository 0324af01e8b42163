use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::analysis::stages::{Action, actions};
use crate::analysis::value::{boolean, look};
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/secondary-artifacts",
        level: Level::Warning,
        page: include_str!("secondary_artifacts.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            findings.extend(unmatched(system, &action));
        }
    }
}

fn unmatched<'a>(system: &System<'a>, action: &Action<'a>) -> Vec<Diagnostic> {
    let batch = action.configuration("BatchEnabled");
    let single = batch.is_absent() || batch.found().and_then(boolean) == Some(false);
    let Some(outputs) = action.known_outputs().filter(|outputs| single && outputs.len() > 1) else { return Vec::new() };
    let Some(buildspec) = system.buildspec_of(action.value) else { return Vec::new() };
    let artifacts = buildspec.entry(&["artifacts"]);
    let secondary = buildspec.entry(&["artifacts", "secondary-artifacts"]);
    let made = secondary.map_or(&[][..], |entry| entries(&entry.value));
    let made: Vec<&str> = made.iter().map(|entry| entry.key.text.as_str()).collect();
    if !made.iter().all(|name| buildspec.knows(name)) || made.contains(&"<<") {
        return Vec::new();
    }
    let named: Vec<_> = outputs.iter().map(|(name, _)| name.as_ref()).collect();
    // Both branches of a condition are among them.
    let counted = look(action.value, "/OutputArtifacts")
        .found()
        .is_some_and(|list| matches!(&list.kind, ValueKind::List(items) if items.len() == outputs.len()));
    if !counted {
        return Vec::new();
    }
    let unmade = outputs.iter().filter(|(name, _)| !made.contains(&name.as_ref()));
    let found = unmade.map(|(name, value)| {
        let message = format!(
            "the buildspec packs no secondary artifact `{name}`, which a build with several output artifacts needs"
        );
        let spare = made.iter().copied().filter(|made| !named.contains(made));
        let help = match nearest(name, spare) {
            Some(near) => format!("write `{near}`, as the buildspec calls it"),
            None => format!("add `{name}` with its `files` to `secondary-artifacts` of the buildspec"),
        };
        let found = Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help);
        match secondary.or(artifacts) {
            Some(entry) => found.related(&entry.key.span, "what the buildspec packs"),
            None => found,
        }
    });
    found.collect()
}
