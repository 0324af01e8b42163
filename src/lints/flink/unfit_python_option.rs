use crate::analysis::System;
use crate::analysis::value::text;
use crate::analysis::wiring::{self, APPLICATION};
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "flink/unfit-python-option",
        level: Level::Warning,
        page: include_str!("unfit_python_option.md"),
    },
    effect: Effect::Run,
    check,
};

/// The group whose properties tell Flink which Python to run.
pub(super) const RUN_OPTIONS: &str = "kinesis.analytics.flink.run.options";

/// Developer guide, Create and run an application for Python: all keys that the service knows.
const KEYS: &[&str] = &["python", "jarfile", "pyFiles", "pyArchives"];

/// Options of Flink's own command line, which the service does not take.
const REFUSED: &[&str] = &["pyModule", "pyExecutable", "pyRequirements", "pyClientExecutable"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.of_type(APPLICATION) {
        for property in wiring::properties(application) {
            let Some(group) = property.group else { continue };
            let key = property.key;
            if text(group).as_deref() != Some(RUN_OPTIONS) || KEYS.contains(&key) || key.starts_with("Fn::") {
                continue;
            }
            let finding = |message| Diagnostic::new(&LINT.rule, property.value.key_span(), message);
            findings.push(if REFUSED.contains(&key) {
                finding(format!(
                    "Managed Service for Apache Flink does not take `{key}`, and nothing is installed for it"
                ))
                .help("put modules and packages into the archive of the code, and name them in `pyFiles`")
            } else {
                let help = match nearest(key, KEYS.iter().copied()) {
                    Some(meant) => format!("write `{meant}`"),
                    None => format!("use {}", list(KEYS.iter().copied())),
                };
                finding(format!("`{key}` is no option of a Python application, so it is passed over without a word"))
                    .related(&group.origin.span, "the options with which Flink runs Python")
                    .help(help)
            });
        }
    }
}
