use crate::analysis::System;
use crate::analysis::value::Look;
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/incomplete-cache", level: Level::Warning, page: include_str!("incomplete_cache.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Some((kind, at)) = project.text("/Cache/Type").known() else { continue };
        let (message, help) = match &*kind {
            "S3" if project.look("/Cache/Location").is_absent() => (
                "the cache is in S3, but no `Location` says in which bucket",
                "add `Location` with a bucket and a prefix: `trips-builds/cache`",
            ),
            "LOCAL" if is_empty(project.look("/Cache/Modes")) => (
                "the cache is on the machine, but no `Modes` say what it keeps",
                "add `Modes`, for example `[LOCAL_SOURCE_CACHE, LOCAL_CUSTOM_CACHE]`",
            ),
            _ => continue,
        };
        findings.push(Diagnostic::new(&LINT.rule, &at.origin.span, message).help(help));
    }
}

fn is_empty(modes: Look<'_>) -> bool {
    match modes {
        Look::Absent => true,
        Look::Unknown => false,
        Look::Found(value) => matches!(&value.kind, ValueKind::List(modes) if modes.is_empty()),
    }
}
