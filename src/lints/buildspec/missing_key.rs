use crate::analysis::System;
use crate::analysis::buildspec::{Buildspec, entries, entry, places};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::codebuild::PHASES;
use crate::lints::{Effect, Lint};
use crate::syntax::{Node, Value};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/missing-key", level: Level::Warning, page: include_str!("missing_key.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        if !buildspec.faults.is_empty() || entries(&buildspec.root).is_empty() {
            continue;
        }
        top(buildspec, findings);
        for phase in buildspec.phases().iter().filter(|phase| PHASES.contains(&phase.key.text.as_str())) {
            let other = if phase.key.text == "install" { Some("runtime-versions") } else { None };
            if lacks(&phase.value, "commands") && other.is_none_or(|key| entry(&phase.value, key).is_none()) {
                let message = format!("the phase `{}` has no `commands`, which it must have", phase.key.text);
                findings.push(
                    Diagnostic::new(&LINT.rule, &phase.key.span, message).help("add `commands`, or remove the phase"),
                );
            }
        }
        for report in places(&buildspec.root, "/reports").into_iter().flat_map(entries) {
            if lacks(&report.value, "files") {
                let message = format!("the report `{}` has no `files`, so there is nothing to report", report.key.text);
                findings.push(
                    Diagnostic::new(&LINT.rule, &report.key.span, message).help("add `files` with a list of patterns"),
                );
            }
        }
        if let Some(cache) = buildspec.entry(&["cache"])
            && lacks(&cache.value, "paths")
        {
            let message = "`cache` has no `paths`, so nothing is kept";
            findings.push(Diagnostic::new(&LINT.rule, &cache.key.span, message).help("add `paths`, or remove `cache`"));
        }
    }
}

fn top(buildspec: &Buildspec<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(first) = entries(&buildspec.root).first() else { return };
    if buildspec.get(&["version"]).is_none() {
        let message = "the buildspec does not say its `version`, and CodeBuild refuses it";
        findings.push(Diagnostic::new(&LINT.rule, &first.key.span, message).help("add `version: 0.2`"));
    }
    if let Some(phases) = buildspec.entry(&["phases"])
        && matches!(phases.value.value, Value::Null)
    {
        let message = "`phases` is empty, so the build has nothing to do";
        findings.push(
            Diagnostic::new(&LINT.rule, &phases.key.span, message)
                .help("indent the phases under `phases`, or add one, for example `build`"),
        );
    }
}

/// Whether a mapping surely has no such key.
fn lacks(node: &Node, key: &str) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Map(_) if entry(node, "<<").is_none() => entry(node, key).is_none(),
        _ => false,
    }
}
