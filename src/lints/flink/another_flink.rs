use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/another-flink", level: Level::Warning, page: include_str!("another_flink.md") },
    effect: Effect::Run,
    check,
};

/// Parts that have the version of Flink itself.
const CORE: &[&str] = &[
    "flink-streaming-java",
    "flink-clients",
    "flink-core",
    "flink-java",
    "flink-runtime",
    "flink-table-api-java",
    "flink-table-api-java-bridge",
    "flink-table-runtime",
    "flink-table-planner-loader",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(running) = system.running() else { return };
    let Some(runs) = running.runtime.flink() else { return };
    let code = system.code();
    let dependencies = code.build.iter().flat_map(|build| &build.dependencies);
    let core = dependencies.filter(|it| CORE.contains(&without_scala(&it.artifact)));
    let asked = core.map(|it| (it.version.as_str(), &it.span));
    let mut asked: Vec<(&str, &Span)> = asked.collect();
    asked.extend(code.python.iter().map(|it| (it.value.as_str(), &it.span)));
    let other = asked.into_iter().find_map(|(text, span)| version(text).filter(|it| *it != runs).map(|it| (it, span)));
    let Some(((major, minor), span)) = other else { return };
    let message = format!(
        "`{}` runs Flink {}.{}, and the build beside this file is made for Flink {major}.{minor}",
        running.runtime.environment, runs.0, runs.1
    );
    findings.push(
        Diagnostic::new(&LINT.rule, &running.value.origin.span, message)
            .related(span, format!("Flink {major}.{minor}"))
            .help(format!("build with Flink {}.{}, or choose the runtime of the build's Flink", runs.0, runs.1)),
    );
}

/// Older artifacts end with the version of Scala, `flink-clients_2.12`.
pub(super) fn without_scala(artifact: &str) -> &str {
    artifact.split_once('_').map_or(artifact, |(name, _)| name)
}

/// Major and minor of `1.20.1`.
pub(super) fn version(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
