use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/newer-java", level: Level::Warning, page: include_str!("newer_java.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(java) = system.code().build.as_ref().and_then(|build| build.java.as_ref()) else { return };
    let Some(running) = system.running() else { return };
    let Some(runs) = running.runtime.java().filter(|runs| java.value > *runs) else { return };
    let message = format!(
        "`{}` runs Java {runs}, and the build beside this file makes class files for Java {}, which fail at the start",
        running.runtime.environment, java.value
    );
    findings.push(
        Diagnostic::new(&LINT.rule, &running.value.origin.span, message)
            .label(format!("runs Java {runs}"))
            .related(&java.span, format!("builds for Java {}", java.value))
            .help(format!("build for Java {runs}, or choose a runtime with Java {}", java.value)),
    );
}
