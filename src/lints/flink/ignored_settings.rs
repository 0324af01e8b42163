use crate::analysis::System;
use crate::analysis::value::{Look, entries, is_no_value, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/ignored-settings", level: Level::Warning, page: include_str!("ignored_settings.md") },
    effect: Effect::Silent,
    check,
};

/// The blocks that are taken only when they are `CUSTOM`, and what AWS uses otherwise.
///
/// Source: API Reference of Managed Service for Apache Flink, the page of each block (read 2026-11).
const BLOCKS: &[(&str, &[(&str, &str)])] = &[
    (
        "CheckpointConfiguration",
        &[("CheckpointingEnabled", "true"), ("CheckpointInterval", "60000"), ("MinPauseBetweenCheckpoints", "5000")],
    ),
    ("MonitoringConfiguration", &[("MetricsLevel", "APPLICATION"), ("LogLevel", "INFO")]),
    ("ParallelismConfiguration", &[("Parallelism", "1"), ("ParallelismPerKPU", "1"), ("AutoScalingEnabled", "true")]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        for (block, defaults) in BLOCKS {
            let Look::Found(value) = application.flink(&format!("/{block}")) else { continue };
            if !application.is_default(block) {
                continue;
            }
            let Some(kind) = look(value, "/ConfigurationType").found() else { continue };
            for (name, given) in entries(value) {
                let Some((_, default)) = defaults.iter().find(|(known, _)| known == name) else { continue };
                if is_no_value(given) || text(given).is_some_and(|given| given == *default) {
                    continue;
                }
                let message = format!("AWS ignores `{name}`, because the `ConfigurationType` beside it is `DEFAULT`");
                findings.push(
                    Diagnostic::new(&LINT.rule, given.key_span(), message)
                        .related(&kind.origin.span, "takes AWS's values, whatever stands beside it")
                        .help(format!("write `ConfigurationType: CUSTOM`, or remove `{name}`")),
                );
            }
        }
    }
}
