use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/gone-metric", level: Level::Warning, page: include_str!("gone_metric.md") },
    effect: Effect::Silent,
    check,
};

/// A metric of Flink 1, whether Flink 2 still sends it, and what takes its place. Developer guide, page flink-2-2.
const GONE: &[(&str, bool, &[&str])] = &[
    ("fullRestarts", false, &["numRestarts"]),
    ("bytesRequestedPerFetch", false, &[]),
    ("uptime", true, &["runningTime"]),
    ("downtime", true, &["restartingTime", "cancellingTime", "failingTime"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for metric in system.metrics().into_iter().filter(|metric| metric.namespace == "AWS/KinesisAnalytics") {
        let Some(name) = metric.name.as_deref() else { continue };
        let Some((_, is_sent, instead)) = GONE.iter().find(|(gone, ..)| *gone == name) else { continue };
        let application = system.of_type(APPLICATION).find(|site| {
            std::ptr::eq(site.stack, metric.site.stack)
                && metric.dimensions.iter().any(|dimension| dimension.value.names(*site))
        });
        let Some(application) = application else { continue };
        let properties = &application.resource.properties;
        let Some(runtime) = look(properties, "/RuntimeEnvironment").found() else { continue };
        let Some(version) = text_at(properties, "/RuntimeEnvironment").filter(|it| it.starts_with("FLINK-2")) else {
            continue;
        };
        let message = match is_sent {
            true => format!("`{name}` is deprecated with `{version}`, and what looks at it ends when it goes"),
            false => format!("`{version}` has no metric `{name}`, so what looks at it never gets a value"),
        };
        let help = match instead {
            [] => "remove it".to_owned(),
            names => format!("look at {}", list(names.iter().copied())),
        };
        findings.push(
            Diagnostic::new(&LINT.rule, metric.span, message)
                .related(&runtime.origin.span, "the runtime of the application")
                .help(help),
        );
    }
}
