use crate::analysis::System;
use crate::analysis::value::{look, text, text_at};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::facts::metrics::namespace;
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "alarms/missing-data-of-liveness",
        level: Level::Info,
        page: include_str!("missing_data_of_liveness.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CloudWatch::Alarm").filter(|site| !site.stack.open) {
        let properties = &site.resource.properties;
        let Some(metric) = look(properties, "/MetricName").found().filter(|_| waits_for_a_fall(properties)) else {
            continue;
        };
        let Some(name) = text(metric) else { continue };
        if text_at(properties, "/Namespace").and_then(|name| namespace(&name)).is_none_or(|facts| !facts.is_flow(&name))
        {
            continue;
        }
        let missing = look(properties, "/TreatMissingData");
        let is_found = missing.found().and_then(text).is_some_and(|word| word != "breaching");
        if missing.is_absent() || is_found {
            let message = format!("`{name}` has no values while nothing runs, and then the alarm does not go off");
            let span = missing.found().map_or(&metric.origin.span, |word| &word.origin.span);
            let help = "set `TreatMissingData: breaching`";
            findings.push(Diagnostic::new(&LINT.rule, span, message).help(help));
        }
    }
}

/// Whether the alarm goes off when values are low, and tells nobody when there are none.
fn waits_for_a_fall(alarm: &Value) -> bool {
    let comparison = text_at(alarm, "/ComparisonOperator");
    matches!(comparison.as_deref(), Some("LessThanThreshold" | "LessThanOrEqualToThreshold"))
        && look(alarm, "/InsufficientDataActions").is_absent()
}
