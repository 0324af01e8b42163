use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unreadable-text", level: Level::Warning, page: include_str!("unreadable_text.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for fault in system.buildspecs().iter().flat_map(|buildspec| &buildspec.faults) {
        let message = format!(
            "this text is not the YAML of a buildspec, and the build stops before it begins: {}",
            fault.message
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &fault.span, message)
                .help("mend the YAML inside the text, or name a file of the repository"),
        );
    }
}
