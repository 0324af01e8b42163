use crate::analysis::System;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::flink::successor;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/retired-runtime", level: Level::Error, page: include_str!("retired_runtime.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some((runtime, value)) = application.runtime().known() else { continue };
        let Some(end) = runtime.end() else { continue };
        let name = runtime.environment;
        let message = format!(
            "AWS ended `{name}`: no application is created with it since {}, and none is started since {}",
            end.created, end.started
        );
        let newest = successor(runtime).map_or("FLINK-1_20", |it| it.environment);
        findings.push(
            Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help(format!("write `RuntimeEnvironment: {newest}`, and build the job for it")),
        );
    }
}
