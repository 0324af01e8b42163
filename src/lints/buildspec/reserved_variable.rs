use crate::analysis::System;
use crate::analysis::buildspec::{entries, items};
use crate::analysis::value::{Look, items as values, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};
use crate::source::Span;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/reserved-variable",
        level: Level::Warning,
        page: include_str!("reserved_variable.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let lists = ["variables", "parameter-store", "secrets-manager"].into_iter();
        let set = lists.filter_map(|list| buildspec.get(&["env", list])).flat_map(entries);
        for entry in set.filter(|entry| entry.key.text.starts_with("CODEBUILD_")) {
            findings.push(kept(&entry.key.span, &entry.key.text));
        }
        for node in buildspec.get(&["env", "exported-variables"]).map(items).unwrap_or_default() {
            let Some(name) = buildspec.text(node).filter(|name| name.starts_with("AWS_")) else { continue };
            let message = format!("CodeBuild does not export `{name}`, as it keeps names that begin with `AWS_` back");
            findings.push(
                Diagnostic::new(&LINT.rule, &node.span, message).help("export the value under a name of your own"),
            );
        }
    }
    for project in system.projects() {
        let Look::Found(variables) = project.look("/Environment/EnvironmentVariables") else { continue };
        for name in values(variables).into_iter().filter_map(|variable| look(variable, "/Name").found()) {
            if let Some(known) = text(name).filter(|known| known.starts_with("CODEBUILD_")) {
                findings.push(kept(&name.origin.span, &known));
            }
        }
    }
}

fn kept(span: &Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` begins with `CODEBUILD_`, which CodeBuild keeps for its own variables");
    Diagnostic::new(&LINT.rule, span, message).help("give the variable a name of your own")
}
