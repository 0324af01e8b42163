use super::another_flink::{version, without_scala};
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/unfit-connector", level: Level::Warning, page: include_str!("unfit_connector.md") },
    effect: Effect::Run,
    check,
};

/// Connectors that have been released for every Flink from 1.15 to 1.20; others may have none for the newest.
const FOR_EVERY_FLINK: &[&str] = &[
    "flink-connector-kinesis",
    "flink-sql-connector-kinesis",
    "flink-connector-kafka",
    "flink-sql-connector-kafka",
    "flink-connector-aws-kinesis-streams",
    "flink-connector-aws-kinesis-firehose",
    "flink-connector-dynamodb",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(running) = system.running() else { return };
    let Some(runs) = running.runtime.flink() else { return };
    for dependency in system.code().build.iter().flat_map(|build| &build.dependencies) {
        let artifact = without_scala(&dependency.artifact);
        // `5.0.0-1.20` is release 5.0.0 for Flink 1.20.
        let suffix = dependency.version.rsplit_once('-').and_then(|(_, suffix)| version(suffix));
        let Some(made_for) = suffix.filter(|_| artifact.contains("connector")) else { continue };
        let is_exact = runs.0 == 1 && FOR_EVERY_FLINK.contains(&artifact);
        let fits = match is_exact {
            true => made_for == runs,
            false => made_for.0 == runs.0 && made_for <= runs,
        };
        if fits {
            continue;
        }
        let message = format!(
            "`{artifact}` is made for Flink {}.{}, and `{}` runs Flink {}.{}",
            made_for.0, made_for.1, running.runtime.environment, runs.0, runs.1
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &running.value.origin.span, message)
                .related(&dependency.span, "the connector's version, with that of Flink at its end")
                .help(format!("use a release of the connector whose version ends with `-{}.{}`", runs.0, runs.1)),
        );
    }
}
