use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::codebuild::MAX_REPORT_GROUPS;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/too-many-reports", level: Level::Warning, page: include_str!("too_many_reports.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let reports = buildspec.get(&["reports"]).map(entries).unwrap_or_default();
        let Some(over) = reports.get(MAX_REPORT_GROUPS) else { continue };
        let message = format!("there are {} report groups, and a project may have {MAX_REPORT_GROUPS}", reports.len());
        findings.push(
            Diagnostic::new(&LINT.rule, &over.key.span, message)
                .label("the first one too many")
                .help("put the files of several reports of one format under one name"),
        );
    }
}
