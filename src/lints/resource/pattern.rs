use super::words::{in_words, owner, place};
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/pattern", level: Level::Warning, page: include_str!("pattern.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let (message, pattern) = match &violation.fault {
            Fault::Pattern { text, pattern } => {
                (format!("{} is `{text}`, which AWS is likely to refuse", place(violation)), pattern)
            }
            Fault::Key { key, pattern } => (format!("{} takes no key `{key}`", owner(violation)), pattern),
            _ => continue,
        };
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(in_words(pattern)));
    }
}
