use super::common::matters;
use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "buildspec/unchecked-command",
        level: Level::Warning,
        page: include_str!("unchecked_command.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs() {
        let mut errexit = false;
        for command in &buildspec.commands {
            let Some(script) = &command.script else { continue };
            errexit |= script.errexit;
            let asks = script.read.contains("?");
            if errexit || asks {
                continue;
            }
            let Some(name) = script.unchecked.iter().find(|name| matters(name)) else { continue };
            let message =
                format!("the status of this block is that of its last command, so a failure of `{name}` goes unseen");
            findings.push(
                Diagnostic::new(&LINT.rule, &command.span, message)
                    .help("begin the block with `set -e`, or make each command an item of its own"),
            );
        }
    }
}
