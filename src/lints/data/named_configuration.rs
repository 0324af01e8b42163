use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sagemaker/named-configuration",
        level: Level::Warning,
        page: include_str!("named_configuration.md"),
    },
    effect: Effect::Deployment,
    check,
};

const NAMES: &[(&str, &str)] =
    &[("AWS::SageMaker::EndpointConfig", "EndpointConfigName"), ("AWS::SageMaker::Model", "ModelName")];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for (resource_type, property) in NAMES {
        for site in system.of_type(resource_type) {
            let Some(name) = look(&site.resource.properties, &format!("/{property}")).found() else { continue };
            if name.as_text().is_none() {
                continue;
            }
            let message = "every change of it makes a new one, and with a fixed name CloudFormation cannot: the first update fails";
            findings.push(
                Diagnostic::new(&LINT.rule, name.key_span(), message)
                    .help(format!("remove `{property}`, and refer to the resource with `!Ref {}`", site.id)),
            );
        }
    }
}
