use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unknown-version", level: Level::Warning, page: include_str!("unknown_version.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(node) = buildspec.get(&["version"]) else { continue };
        let Some(version) = buildspec.text(node).filter(|version| !["0.1", "0.2"].contains(version)) else { continue };
        let message = format!("there is no version `{version}` of buildspecs, only 0.1 and 0.2");
        findings.push(Diagnostic::new(&LINT.rule, &node.span, message).help("write `0.2`"));
    }
}
