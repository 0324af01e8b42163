use crate::analysis::System;
use crate::analysis::buildspec::{entries, entry};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;
use crate::syntax::{Node, Value};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/no-artifact-files",
        level: Level::Warning,
        page: include_str!("no_artifact_files.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(artifacts) = buildspec.entry(&["artifacts"]) else { continue };
        if lacks_files(&artifacts.value) {
            findings.push(finding(&artifacts.key.span, "artifacts"));
        }
        let secondary = entry(&artifacts.value, "secondary-artifacts").map(|entry| entries(&entry.value));
        for artifact in secondary.unwrap_or_default() {
            if lacks_files(&artifact.value) {
                findings.push(finding(&artifact.key.span, &artifact.key.text));
            }
        }
    }
}

fn lacks_files(artifact: &Node) -> bool {
    match entry(artifact, "files").map(|files| &files.value.value) {
        None => matches!(artifact.value, Value::Map(_) | Value::Null) && entry(artifact, "<<").is_none(),
        Some(Value::Null) => true,
        Some(Value::List(files)) => files.is_empty(),
        Some(_) => false,
    }
}

fn finding(span: &Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` has no `files`, and CodeBuild wants them wherever there is an artifact");
    Diagnostic::new(&LINT.rule, span, message).help("add `files`, for example `files: [\"**/*\"]`")
}
