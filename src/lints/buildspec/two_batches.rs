use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/two-batches", level: Level::Warning, page: include_str!("two_batches.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    const KINDS: &[&str] = &["build-graph", "build-list", "build-matrix", "build-fanout"];
    for buildspec in system.buildspecs() {
        let batch = buildspec.get(&["batch"]).map(entries).unwrap_or_default();
        let mut kinds = batch.iter().filter(|entry| KINDS.contains(&entry.key.text.as_str()));
        let Some(first) = kinds.next() else { continue };
        for second in kinds.filter(|entry| entry.key.text != first.key.text) {
            let message = format!("a batch is one of {}, and this one is two of them", list(KINDS.iter().copied()));
            findings.push(
                Diagnostic::new(&LINT.rule, &second.key.span, message)
                    .related(&first.key.span, "the first")
                    .help(format!("keep `{}` or `{}`, and remove the other", first.key.text, second.key.text)),
            );
        }
    }
}
