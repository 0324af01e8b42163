use crate::analysis::System;
use crate::analysis::buildspec::{entry, places};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::facts::codebuild::REPORT_FORMATS;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/unknown-report-format",
        level: Level::Warning,
        page: include_str!("unknown_report_format.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for report in places(&buildspec.root, "/reports/*") {
            let Some(node) = entry(report, "file-format").map(|entry| &entry.value) else { continue };
            let Some(format) = buildspec.text(node) else { continue };
            if REPORT_FORMATS.iter().any(|known| known.eq_ignore_ascii_case(format)) {
                continue;
            }
            let help = match nearest(format, REPORT_FORMATS.iter().copied()) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("use {}", list(REPORT_FORMATS.iter().copied())),
            };
            let message = format!("CodeBuild knows no report format `{format}`, so the report fails");
            findings.push(Diagnostic::new(&LINT.rule, &node.span, message).help(help));
        }
    }
}
