use super::schedules::schedules;
use crate::analysis::System;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/flexible-window", level: Level::Error, page: include_str!("flexible_window.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for window in schedules(system).into_iter().filter_map(|schedule| schedule.window) {
        let Some(mode) = look(window, "/Mode").found() else { continue };
        if text(mode).as_deref() == Some("FLEXIBLE") && look(window, "/MaximumWindowInMinutes").is_absent() {
            let message = "the time window is flexible and has no length, without which the Scheduler refuses it";
            let help = "add `MaximumWindowInMinutes` beside it, 1 to 1440, or write `Mode: \"OFF\"`";
            findings.push(Diagnostic::new(&LINT.rule, &mode.origin.span, message).help(help));
        }
    }
}
