use super::common::batch_builds;
use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unfit-identifier", level: Level::Warning, page: include_str!("unfit_identifier.md") },
    effect: Effect::Run,
    check,
};

/// Characters (CodeBuild service model, ProjectSource, `sourceIdentifier`).
const LONGEST: usize = 128;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let artifacts = buildspec.get(&["artifacts", "secondary-artifacts"]).map(entries).unwrap_or_default();
        let artifacts = artifacts.iter().map(|entry| (entry.key.text.as_str(), entry.key.span.clone()));
        let builds = ["build-graph", "build-list"].into_iter().flat_map(|kind| batch_builds(buildspec, kind));
        let builds = builds.map(|build| (build.identifier, build.span));
        findings.extend(
            artifacts
                .chain(builds)
                .filter(|(name, _)| buildspec.knows(name))
                .filter_map(|(name, span)| finding(name, &span)),
        );
    }
}

fn finding(name: &str, span: &Span) -> Option<Diagnostic> {
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && name.len() < LONGEST;
    if fits || name.contains('$') {
        return None;
    }
    let message = format!(
        "the identifier `{name}` may hold only letters, digits and underscores, and less than {LONGEST} of them"
    );
    let mended: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(LONGEST - 1).collect();
    Some(Diagnostic::new(&LINT.rule, span, message).help(format!("write `{mended}`")))
}
