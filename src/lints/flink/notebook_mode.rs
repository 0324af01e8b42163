use crate::analysis::System;
use crate::analysis::project::Setting;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::flink::Kind;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/notebook-mode", level: Level::Error, page: include_str!("notebook_mode.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some((runtime, value)) = application.runtime().known() else { continue };
        let name = runtime.environment;
        let is_notebook = runtime.kind() == Kind::Notebook;
        let finding = match application.text("/ApplicationMode") {
            Setting::Known(mode, given) if is_notebook && mode == "STREAMING" => {
                let message =
                    format!("`{name}` runs notebooks, and those are refused unless the mode is `INTERACTIVE`");
                Diagnostic::new(&LINT.rule, &given.origin.span, message)
                    .related(&value.origin.span, "the runtime of a notebook")
                    .help("write `ApplicationMode: INTERACTIVE`")
            }
            Setting::Known(mode, given) if !is_notebook && mode == "INTERACTIVE" => {
                let message =
                    format!("`INTERACTIVE` is the mode of notebooks, and `{name}` runs none: AWS refuses the two");
                Diagnostic::new(&LINT.rule, &given.origin.span, message)
                    .related(&value.origin.span, "the runtime of a job")
                    .help("write `ApplicationMode: STREAMING`, or take a runtime that begins with `ZEPPELIN-FLINK`")
            }
            Setting::Absent if is_notebook => {
                let message = format!("`{name}` runs notebooks, and those are refused without the mode `INTERACTIVE`");
                Diagnostic::new(&LINT.rule, &value.origin.span, message).help("add `ApplicationMode: INTERACTIVE`")
            }
            _ => continue,
        };
        findings.push(finding);
    }
}
