use super::unfit_python_option::RUN_OPTIONS;
use crate::analysis::System;
use crate::analysis::flink::Application;
use crate::analysis::value::{entries, look, text_at};
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/no-python-main", level: Level::Warning, page: include_str!("no_python_main.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.of_type(APPLICATION) {
        for group in (Application { site: application }).property_groups() {
            let Some(id) = look(group, "/PropertyGroupId").found() else { continue };
            let Some(name) = text_at(group, "/PropertyGroupId") else { continue };
            if name != RUN_OPTIONS {
                if nearest(&name, [RUN_OPTIONS]).is_some() {
                    let message = format!("`{name}` is not the group of Python's options, so Flink looks for a JAR");
                    let found = Diagnostic::new(&LINT.rule, &id.origin.span, message);
                    findings.push(found.help(format!("write `{RUN_OPTIONS}`")));
                }
                continue;
            }
            let Some(map) = look(group, "/PropertyMap").found() else { continue };
            let is_known = !entries(map).is_empty() && look(map, "/python").is_absent();
            // A near miss is told of by its own rule.
            let is_near = entries(map).iter().any(|(key, _)| nearest(key, ["python"]).is_some());
            if is_known && !is_near {
                let message = "the options of a Python application do not say which file to run";
                findings.push(
                    Diagnostic::new(&LINT.rule, &id.origin.span, message)
                        .label("without `python`")
                        .help("add `python: main.py`, the path of the program in the archive"),
                );
            }
        }
    }
}
