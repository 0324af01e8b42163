use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "codebuild/needless-privilege",
        level: Level::Info,
        page: include_str!("needless_privilege.md"),
    },
    effect: Effect::Security,
    check,
};

/// Tools that never start a container.
const HARMLESS: &[&str] = &[
    "[",
    "aws",
    "basename",
    "cat",
    "cd",
    "chmod",
    "cp",
    "curl",
    "cut",
    "date",
    "dirname",
    "echo",
    "exit",
    "export",
    "find",
    "grep",
    "gzip",
    "head",
    "jq",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "pwd",
    "rm",
    "sed",
    "set",
    "sha256sum",
    "sort",
    "tail",
    "tar",
    "test",
    "tr",
    "true",
    "unzip",
    "wc",
    "zip",
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let Some(project) = buildspec.project else { continue };
        let Some((true, at)) = project.boolean("/Environment/PrivilegedMode").known() else { continue };
        let mut calls = buildspec.commands.iter().flat_map(|command| &command.script).flat_map(|script| &script.calls);
        let is_harmless = calls.all(|call| call.name.as_deref().is_some_and(|name| HARMLESS.contains(&name)));
        if buildspec.commands.is_empty() || !buildspec.is_fully_read() || !is_harmless {
            continue;
        }
        let message = "the project is privileged, but none of its commands needs that";
        findings.push(
            Diagnostic::new(&LINT.rule, at.key_span(), message)
                .label("gives the build the rights of its host")
                .help("remove `PrivilegedMode`"),
        );
    }
}
