use crate::analysis::System;
use crate::analysis::value::{boolean, look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "msk/storage-that-shrinks", level: Level::Error, page: include_str!("storage_that_shrinks.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::ApplicationAutoScaling::ScalingPolicy") {
        let properties = &site.resource.properties;
        let metric = "/TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType";
        if text_at(properties, metric).as_deref() != Some("KafkaBrokerStorageUtilization") {
            continue;
        }
        let disabled = look(properties, "/TargetTrackingScalingPolicyConfiguration/DisableScaleIn");
        let span = match disabled.found() {
            Some(value) if boolean(value) == Some(false) => &value.origin.span,
            None if disabled.is_absent() => &site.resource.origin.span,
            _ => continue,
        };
        let message = "the storage of brokers can only grow, and a policy that may shrink it is refused";
        findings.push(Diagnostic::new(&LINT.rule, span, message).help("write `DisableScaleIn: true`"));
    }
}
