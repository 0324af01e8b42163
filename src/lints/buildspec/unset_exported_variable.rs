use crate::analysis::System;
use crate::analysis::buildspec::{Buildspec, entries, items};
use crate::analysis::value::{Look, items as values, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/unset-exported-variable",
        level: Level::Warning,
        page: include_str!("unset_exported_variable.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let exported = buildspec.get(&["env", "exported-variables"]).map(items).unwrap_or_default();
        let Some(known) = variables(buildspec) else { continue };
        for node in exported {
            let Some(name) = buildspec.text(node).filter(|name| !known.iter().any(|known| known == name)) else {
                continue;
            };
            if name.starts_with("CODEBUILD_") || name.starts_with("AWS_") {
                continue;
            }
            let message = format!("no command sets `{name}`, so what comes after the build gets an empty text for it");
            let help = match nearest(name, known.iter().map(String::as_str)) {
                Some(meant) => format!("write `{meant}`, or set `{name}` in a command: `export {name}=…`"),
                None => format!("set it in a command: `export {name}=…`, or remove it here"),
            };
            findings.push(Diagnostic::new(&LINT.rule, &node.span, message).label("is never set").help(help));
        }
    }
}

/// Every variable that the build may set; `None` where that cannot be known.
fn variables(buildspec: &Buildspec<'_>) -> Option<Vec<String>> {
    if buildspec.entry(&["batch"]).is_some() {
        return None;
    }
    let mut names = Vec::new();
    for command in &buildspec.commands {
        let script = command.script.as_ref()?;
        if script.opaque {
            return None;
        }
        names.extend(script.assigned.iter().cloned());
    }
    for list in ["variables", "parameter-store", "secrets-manager"] {
        let set = buildspec.get(&["env", list]).map(entries).unwrap_or_default();
        names.extend(set.iter().map(|entry| entry.key.text.clone()));
    }
    if let Some(project) = buildspec.project {
        match project.look("/Environment/EnvironmentVariables") {
            Look::Unknown => return None,
            Look::Absent => {}
            Look::Found(list) => {
                for variable in values(list) {
                    names.push(text(look(variable, "/Name").found()?)?.into_owned());
                }
            }
        }
    }
    Some(names)
}
