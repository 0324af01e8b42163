use crate::analysis::System;
use crate::analysis::buildspec::entries;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/secret-version-and-stage",
        level: Level::Warning,
        page: include_str!("secret_version_and_stage.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for entry in buildspec.get(&["env", "secrets-manager"]).map(entries).unwrap_or_default() {
            let Some(reference) = buildspec.text(&entry.value) else { continue };
            let Some((stage, version)) = stage_and_version(reference) else { continue };
            let message = format!(
                "the secret is asked for by its stage `{stage}` and by its version `{version}`, which exclude each other"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &entry.value.span, message)
                    .help("leave one of the two empty: `secret:key:stage` or `secret:key::version`"),
            );
        }
    }
}

/// The third and fourth part of `secret-id:json-key:version-stage:version-id`; an ARN as the secret has six colons.
fn stage_and_version(reference: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = reference.split(':').collect();
    let parts = if reference.starts_with("arn:") { parts.get(6..)? } else { &parts };
    match parts {
        [_, _, stage, version] if !stage.is_empty() && !version.is_empty() => Some((stage, version)),
        _ => None,
    }
}
