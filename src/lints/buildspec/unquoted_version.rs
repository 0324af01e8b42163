use crate::analysis::System;
use crate::analysis::buildspec::{entries, places};
use crate::diagnostic::{Diagnostic, Level, Rule, Safety};
use crate::lints::{Effect, Lint};
use crate::syntax::{PlainKind, Value};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unquoted-version", level: Level::Warning, page: include_str!("unquoted_version.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let runtimes = places(&buildspec.root, "/phases/*/runtime-versions").into_iter().flat_map(entries);
        for entry in runtimes {
            let Value::Scalar(scalar) = &entry.value.value else { continue };
            let Some((whole, fraction)) = scalar.text.split_once('.') else { continue };
            if !matches!(scalar.kind(), PlainKind::Float(_)) || fraction.len() < 2 || !fraction.ends_with('0') {
                continue;
            }
            let (runtime, version) = (&entry.key.text, &scalar.text);
            let read = format!("{whole}.{}", fraction.trim_end_matches('0'));
            let message =
                format!("`{version}` without quotes is the number {read}, so this asks for `{runtime}` {read}");
            let span = &entry.value.span;
            let edits = system.editor(span).and_then(|editor| editor.quote(span));
            findings.push(
                Diagnostic::new(&LINT.rule, span, message)
                    .label("a number loses its last zero")
                    .help(format!("write `\"{version}\"`"))
                    .fix(format!("write `\"{version}\"`"), Safety::Safe, edits.unwrap_or_default()),
            );
        }
    }
}
