use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "states/two-definitions", level: Level::Error, page: include_str!("two_definitions.md") },
    effect: Effect::Deployment,
    check,
};

const DEFINITIONS: &[&str] = &["Definition", "DefinitionString", "DefinitionS3Location"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::StepFunctions::StateMachine") {
        let properties = &site.resource.properties;
        let looks: Vec<_> = DEFINITIONS.iter().map(|name| look(properties, &format!("/{name}"))).collect();
        let given: Vec<_> = looks.iter().filter_map(|it| it.found()).collect();
        if let [first, second, ..] = given.as_slice() {
            findings.push(
                Diagnostic::new(
                    &LINT.rule,
                    second.key_span(),
                    "a state machine has one definition, and CloudFormation refuses two",
                )
                .related(first.key_span(), "the first")
                .help("keep one of them"),
            );
        } else if looks.iter().all(|it| it.is_absent()) {
            let message = format!("state machine `{}` has no definition, and CloudFormation refuses it", site.id);
            findings.push(
                Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                    .help("add `Definition` with `StartAt` and `States`, or `DefinitionS3Location`"),
            );
        }
    }
}
