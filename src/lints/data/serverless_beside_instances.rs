use crate::analysis::System;
use crate::analysis::value::{items, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sagemaker/serverless-beside-instances",
        level: Level::Error,
        page: include_str!("serverless_beside_instances.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SageMaker::EndpointConfig") {
        let Some(variants) = look(&site.resource.properties, "/ProductionVariants").found() else { continue };
        for variant in items(variants) {
            let Some(serverless) = look(variant, "/ServerlessConfig").found() else { continue };
            for property in ["InstanceType", "InitialInstanceCount"] {
                let Some(value) = look(variant, &format!("/{property}")).found() else { continue };
                let message = format!(
                    "a serverless variant has no instances, and SageMaker refuses `{property}` beside `ServerlessConfig`"
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, value.key_span(), message)
                        .related(serverless.key_span(), "serverless")
                        .help(format!("remove `{property}`, or `ServerlessConfig`")),
                );
            }
        }
    }
}
