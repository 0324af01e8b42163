use crate::analysis::System;
use crate::analysis::buildspec::Shell;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::codebuild::{Image, PlainShell};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/bash-in-sh", level: Level::Warning, page: include_str!("bash_in_sh.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs().iter().filter(|buildspec| buildspec.shell() == Shell::Plain) {
        let Some((image, value)) = buildspec.project.and_then(|project| project.image()) else { continue };
        if Image::get(&image).is_none_or(|image| image.shell() != PlainShell::Dash) {
            continue;
        }
        for command in &buildspec.commands {
            let Some(bashism) = command.script.as_ref().and_then(|script| script.bashisms.first()) else { continue };
            let message = format!("`{bashism}` is bash, but `/bin/sh` runs the commands, which is dash in `{image}`");
            findings.push(
                Diagnostic::new(&LINT.rule, &command.span, message)
                    .related(&value.origin.span, "the image, an Ubuntu")
                    .help("add `shell: bash` under `env`"),
            );
        }
    }
}
