use crate::analysis::System;
use crate::analysis::buildspec::{entries, items};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/exported-secret", level: Level::Warning, page: include_str!("exported_secret.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let secrets: Vec<_> = ["parameter-store", "secrets-manager"]
            .into_iter()
            .filter_map(|list| buildspec.get(&["env", list]))
            .flat_map(entries)
            .collect();
        for node in buildspec.get(&["env", "exported-variables"]).map(items).unwrap_or_default() {
            let Some(name) = buildspec.text(node) else { continue };
            let Some(secret) = secrets.iter().find(|entry| entry.key.text == name) else { continue };
            let message = format!("`{name}` comes from a store of secrets, and exporting it shows it in the pipeline");
            findings.push(
                Diagnostic::new(&LINT.rule, &node.span, message)
                    .related(&secret.key.span, "where its value comes from")
                    .help("remove it here, and let what needs the secret read it from the store"),
            );
        }
    }
}
