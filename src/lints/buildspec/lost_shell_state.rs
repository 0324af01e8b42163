use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "buildspec/lost-shell-state", level: Level::Warning, page: include_str!("lost_shell_state.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for buildspec in system.buildspecs().iter().filter(|buildspec| buildspec.version() == Some("0.1")) {
        for (index, command) in buildspec.commands.iter().enumerate() {
            let Some(script) = &command.script else { continue };
            let is_last = buildspec.commands.get(index + 1).is_none_or(|next| next.phase != command.phase);
            let [call] = script.calls.as_slice() else { continue };
            let Some(name) = ["cd", "export"].into_iter().find(|name| call.is(name)).filter(|_| !is_last) else {
                continue;
            };
            let message = format!(
                "in version 0.1 each command has a shell of its own, so this `{name}` does nothing for those after it"
            );
            findings.push(
                Diagnostic::new(&LINT.rule, &command.span, message)
                    .help("write `version: 0.2`, in which all commands share a shell"),
            );
        }
    }
}
