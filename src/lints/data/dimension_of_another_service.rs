use crate::analysis::System;
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "autoscaling/dimension-of-another-service",
        level: Level::Error,
        page: include_str!("dimension_of_another_service.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::ApplicationAutoScaling::ScalableTarget") {
        let properties = &site.resource.properties;
        let (Some(namespace), Some(dimension)) =
            (text_at(properties, "/ServiceNamespace"), text_at(properties, "/ScalableDimension"))
        else {
            continue;
        };
        let Some(value) = look(properties, "/ScalableDimension").found() else { continue };
        let service = dimension.split(':').next().unwrap_or_default();
        if service != namespace {
            let message = format!(
                "`{dimension}` is a dimension of `{service}`, and the target is one of `{namespace}`: it is refused"
            );
            let mut finding = Diagnostic::new(&LINT.rule, &value.origin.span, message)
                .help(format!("write a dimension that begins with `{namespace}:`, or `ServiceNamespace: {service}`"));
            if let Some(namespace) = look(properties, "/ServiceNamespace").found() {
                finding = finding.related(&namespace.origin.span, "the service");
            }
            findings.push(finding);
        }
    }
}
