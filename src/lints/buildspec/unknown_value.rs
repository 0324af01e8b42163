use crate::analysis::System;
use crate::analysis::buildspec::places;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/unknown-value", level: Level::Warning, page: include_str!("unknown_value.md") },
    effect: Effect::Run,
    check,
};

const SWITCH: &[&str] = &["yes", "no", "true", "false", "on", "off"];

/// Where only certain words may stand. A word that ends with a hyphen stands for all that begin with it.
const CHOICES: &[(&str, &[&str])] = &[
    ("/env/git-credential-helper", SWITCH),
    ("/proxy/*", SWITCH),
    ("/phases/*/on-failure", &["ABORT", "CONTINUE", "RETRY", "RETRY-"]),
    ("/artifacts/discard-paths", SWITCH),
    ("/artifacts/enable-symlinks", SWITCH),
    ("/artifacts/secondary-artifacts/*/discard-paths", SWITCH),
    ("/artifacts/secondary-artifacts/*/enable-symlinks", SWITCH),
    ("/reports/*/discard-paths", SWITCH),
    ("/cache/action", &["restore", "save"]),
    ("/batch/fast-fail", SWITCH),
    ("/batch/build-list/*/ignore-failure", SWITCH),
    ("/batch/build-graph/*/ignore-failure", SWITCH),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        for (path, words) in CHOICES {
            for node in places(&buildspec.root, path) {
                let Some(text) = buildspec.text(node).filter(|text| !text.contains('$')) else { continue };
                let fits = |word: &&str| match word.ends_with('-') {
                    true => text.starts_with(*word),
                    false => word.eq_ignore_ascii_case(text),
                };
                if words.iter().any(fits) {
                    continue;
                }
                let key = path.rsplit('/').next().filter(|key| *key != "*").unwrap_or("it");
                let shown = || words.iter().copied().filter(|word| !word.ends_with('-')).take(3);
                let help = match nearest(text, shown()) {
                    Some(meant) => format!("write `{meant}`"),
                    None => format!("use one of {}", list(shown())),
                };
                let message =
                    format!("`{key}` cannot be `{text}`, and CodeBuild refuses the buildspec or ignores this");
                findings.push(Diagnostic::new(&LINT.rule, &node.span, message).help(help));
            }
        }
    }
}
