use super::common::is_secret;
use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/plain-secret", level: Level::Warning, page: include_str!("plain_secret.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for entry in buildspec.get(&["env", "variables"]).map(entries).unwrap_or_default() {
            let Some(value) = buildspec.text(&entry.value) else { continue };
            if is_secret(&entry.key.text, value) {
                let message = format!(
                    "`{}` is a secret in plain text, which everybody reads who can see the buildspec or the build",
                    entry.key.text
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &entry.key.span, message)
                        .help("put the value in Secrets Manager, and name it under `env`, `secrets-manager`"),
                );
            }
        }
    }
}
