use crate::analysis::System;
use crate::analysis::value::boolean;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/restore-left-in", level: Level::Warning, page: include_str!("restore_left_in.md") },
    effect: Effect::Loss,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let restore = application.restore().known();
        let what = restore.and_then(|(restore, value)| match &*restore {
            "SKIP_RESTORE_FROM_SNAPSHOT" => Some(("with empty state", value)),
            "RESTORE_FROM_CUSTOM_SNAPSHOT" => Some(("from the same old snapshot", value)),
            _ => None,
        });
        if let Some((what, value)) = what {
            let message =
                format!("as long as this stands here, every update may start the job {what}, not where it was");
            findings.push(
                Diagnostic::new(&LINT.rule, &value.origin.span, message)
                    .help("write `RESTORE_FROM_LATEST_SNAPSHOT`; restore something else once, by `StartApplication`"),
            );
        }
        let allow = application.look("/RunConfiguration/FlinkRunConfiguration/AllowNonRestoredState").found();
        if let Some(value) = allow.filter(|value| boolean(value) == Some(true)) {
            let message = "as long as this stands here, every update drops the state of operators that it does not \
                           find, without a word";
            findings.push(
                Diagnostic::new(&LINT.rule, value.key_span(), message)
                    .help("remove `AllowNonRestoredState` once the update that removes operators is done"),
            );
        }
    }
}
