use crate::analysis::System;
use crate::analysis::metrics::Metric;
use crate::analysis::wiring::APPLICATION;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/dead-metric", level: Level::Warning, page: include_str!("dead_metric.md") },
    effect: Effect::Silent,
    check,
};

const NAMESPACE: &str = "AWS/KinesisAnalytics";

/// Dimensions that people take for `Application`.
const WRONG: &[&str] = &["ApplicationName", "ApplicationId", "ApplicationArn", "application", "App", "AppName"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for metric in system.metrics() {
        if metric.namespace == NAMESPACE {
            let wrong = metric.dimensions.iter().find(|dimension| WRONG.contains(&dimension.name.as_str()));
            let is_right = metric.dimensions.iter().any(|dimension| dimension.name == "Application");
            if let Some(wrong) = wrong.filter(|_| !is_right) {
                let message = format!(
                    "metrics of `{NAMESPACE}` have no dimension `{}`, so what looks at this one never gets a value",
                    wrong.name
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, wrong.span, message)
                        .help("write `Application`, with the name of the application"),
                );
            }
        } else if is_near(&metric.namespace) && is_of_application(system, &metric) {
            let message =
                format!("there is no namespace `{}`, so what looks at it never gets a value", metric.namespace);
            findings
                .push(Diagnostic::new(&LINT.rule, metric.namespace_span, message).help(format!("write `{NAMESPACE}`")));
        }
    }
}

/// Whether this is one of AWS's namespaces, and meant for that of Flink.
fn is_near(namespace: &str) -> bool {
    let lower = namespace.to_lowercase();
    // The `V2` of the API is told of elsewhere.
    (lower.starts_with("aws/kinesisanalytics") && !lower.contains("v2")) || lower.starts_with("aws/flink")
}

fn is_of_application(system: &System<'_>, metric: &Metric<'_>) -> bool {
    system.of_type(APPLICATION).any(|site| metric.dimensions.iter().any(|dimension| dimension.value.names(site)))
}
