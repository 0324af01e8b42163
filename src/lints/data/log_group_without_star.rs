use crate::analysis::System;
use crate::analysis::value::{items, look, text};
use crate::desired::{Intrinsic, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "states/log-group-without-star",
        level: Level::Error,
        page: include_str!("log_group_without_star.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::StepFunctions::StateMachine") {
        let Some(destinations) = look(&site.resource.properties, "/LoggingConfiguration/Destinations").found() else {
            continue;
        };
        for destination in items(destinations) {
            let Some(arn) = look(destination, "/CloudWatchLogsLogGroup/LogGroupArn").found() else { continue };
            let ends_wrong = match &arn.kind {
                ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => {
                    text.starts_with("arn:")
                        && text.contains(":log-group:")
                        && !text.ends_with(":*")
                        && !text.ends_with('}')
                }
                _ => text(arn).is_some_and(|text| text.starts_with("arn:") && !text.ends_with(":*")),
            };
            if ends_wrong {
                let message =
                    "Step Functions wants the ARN of the log group's streams, which ends in `:*`, and refuses this one";
                findings.push(Diagnostic::new(&LINT.rule, &arn.origin.span, message).help("add `:*` at the end"));
            }
        }
    }
}
