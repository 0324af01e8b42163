use crate::analysis::System;
use crate::analysis::machine::{definition, levels, states};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "states/wait-in-express", level: Level::Error, page: include_str!("wait_in_express.md") },
    effect: Effect::Deployment,
    check,
};

const WAITS: [&str; 3] = [".sync", ".sync:2", ".waitForTaskToken"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::StepFunctions::StateMachine") {
        let properties = &site.resource.properties;
        let Some(kind) = look(properties, "/StateMachineType").found() else { continue };
        if text(kind).as_deref() != Some("EXPRESS") {
            continue;
        }
        let Some(definition) = definition(properties) else { continue };
        for (name, state) in levels(&definition).into_iter().flat_map(states) {
            let Some(resource) = look(state, "/Resource").found() else { continue };
            let Some(way) = text(resource).and_then(|arn| WAITS.into_iter().find(|way| arn.ends_with(way))) else {
                continue;
            };
            let message = format!(
                "the state `{name}` waits by `{way}`, which an Express workflow cannot: Step Functions refuses the \
                 definition"
            );

            findings.push(
                Diagnostic::new(&LINT.rule, &resource.origin.span, message)
                    .related(kind.key_span(), "an Express workflow")
                    .help(format!("write `StateMachineType: STANDARD`, or leave `{way}` out and do not wait")),
            );
        }
    }
}
