use super::iot::actions;
use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iot/missing-role", level: Level::Error, page: include_str!("missing_action_role.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::IoT::TopicRule").filter(|site| !site.stack.open) {
        // The descriptions of all other actions that need a role say so.
        for (_, action) in actions(&site.resource.properties).into_iter().filter(|(kind, _)| *kind == "DynamoDBv2") {
            if look(action, "/RoleArn").is_absent() {
                let message = "the action has no role with which it writes to the table, and IoT refuses it";
                let help = "add `RoleArn`, a role that IoT may assume and that may `dynamodb:PutItem`";
                findings.push(Diagnostic::new(&LINT.rule, action.key_span(), message).help(help));
            }
        }
    }
}
