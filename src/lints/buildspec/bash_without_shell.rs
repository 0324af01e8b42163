use crate::analysis::System;
use crate::analysis::buildspec::Shell;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/bash-without-shell",
        level: Level::Info,
        page: include_str!("bash_without_shell.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let alone = system.buildspecs().iter().filter(|buildspec| buildspec.project.is_none());
    for buildspec in alone.filter(|buildspec| buildspec.shell() == Shell::Plain) {
        let first =
            buildspec.commands.iter().find_map(|command| Some((command, *command.script.as_ref()?.bashisms.first()?)));
        let Some((command, bashism)) = first else { continue };
        let message =
            format!("`{bashism}` is bash, but `/bin/sh` runs the commands, which is dash in CodeBuild's Ubuntu images");
        findings.push(
            Diagnostic::new(&LINT.rule, &command.span, message)
                .label("fails in dash")
                .help("add `shell: bash` under `env`, and the commands run in every image"),
        );
    }
}
