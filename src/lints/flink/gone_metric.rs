use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::facts::flink::Runtime;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/gone-metric", level: Level::Warning, page: include_str!("gone_metric.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for metric in system.metrics().into_iter().filter(|metric| metric.namespace == "AWS/KinesisAnalytics") {
        let Some(name) = metric.name.as_deref() else { continue };
        let application = system.of_type(APPLICATION).find(|site| {
            std::ptr::eq(site.stack, metric.site.stack)
                && metric.dimensions.iter().any(|dimension| dimension.value.names(*site))
        });
        let Some(application) = application else { continue };
        let properties = &application.resource.properties;
        let Some(place) = look(properties, "/RuntimeEnvironment").found() else { continue };
        let Some(runtime) = text_at(properties, "/RuntimeEnvironment").and_then(|name| Runtime::get(&name)) else {
            continue;
        };
        let Some(gone) = runtime.gone_metric(name) else { continue };
        let version = runtime.environment;
        let message = match gone.removed {
            true => format!("`{version}` has no metric `{name}`, so what looks at it never gets a value"),
            false => format!("`{name}` is deprecated with `{version}`, and what looks at it ends when it goes"),
        };
        let help = match gone.instead.as_slice() {
            [] => "remove it".to_owned(),
            names => format!("look at {}", list(names.iter().copied())),
        };
        findings.push(
            Diagnostic::new(&LINT.rule, metric.span, message)
                .related(&place.origin.span, "the runtime of the application")
                .help(help),
        );
    }
}
