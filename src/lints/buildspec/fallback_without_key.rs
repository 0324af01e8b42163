use crate::analysis::System;
use crate::analysis::buildspec::items;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/fallback-without-key",
        level: Level::Warning,
        page: include_str!("fallback_without_key.md"),
    },
    effect: Effect::Silent,
    check,
};

/// The most prefixes that are tried (User Guide, Build specification reference).
const MOST: usize = 5;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(fallback) = buildspec.entry(&["cache", "fallback-keys"]) else { continue };
        let count = items(&fallback.value).len();
        let (message, help) = if buildspec.entry(&["cache", "key"]).is_none() {
            (
                "`fallback-keys` has no effect, because the cache has no `key`".to_owned(),
                "add `key`, or remove `fallback-keys`",
            )
        } else if count > MOST {
            (format!("there are {count} fallback keys, and a cache may have {MOST}"), "keep the five most telling")
        } else {
            continue;
        };
        findings.push(Diagnostic::new(&LINT.rule, &fallback.key.span, message).help(help));
    }
}
