use crate::analysis::System;
use crate::analysis::value::{Look, items, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::buildspec::common::is_secret;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "codebuild/plain-secret", level: Level::Warning, page: include_str!("plain_secret.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for project in system.projects() {
        let Look::Found(variables) = project.look("/Environment/EnvironmentVariables") else { continue };
        for variable in items(variables) {
            let is_plain = match look(variable, "/Type") {
                Look::Absent => true,
                Look::Unknown => false,
                Look::Found(kind) => text(kind).as_deref() == Some("PLAINTEXT"),
            };
            let (Some(name), Some(value)) = (look(variable, "/Name").found(), look(variable, "/Value").found()) else {
                continue;
            };
            let (Some(known), Some(secret)) = (text(name), text(value)) else { continue };
            if is_plain && is_secret(&known, &secret) {
                let message = format!(
                    "`{known}` is a secret in plain text, which everybody reads who can see the project or its builds"
                );
                findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(
                    "put the value in Secrets Manager, and write `Type: SECRETS_MANAGER` with its name as the value",
                ));
            }
        }
    }
}
