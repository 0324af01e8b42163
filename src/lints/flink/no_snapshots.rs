use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::flink::Kind;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/no-snapshots", level: Level::Warning, page: include_str!("no_snapshots.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some((false, value)) = application.snapshots().known() else { continue };
        if application.is(Kind::Notebook) || application.is(Kind::Sql) {
            continue;
        }
        let message = format!(
            "`{}` takes no snapshots, so that every update starts it with empty state and loses its place in the source",
            application.site.id
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help("write `SnapshotsEnabled: true`, or allow this for a job that keeps nothing"),
        );
    }
}
