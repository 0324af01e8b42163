use crate::analysis::System;
use crate::analysis::account::of_role;
use crate::analysis::stages::{acting_role, actions};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/cross-account-role",
        level: Level::Warning,
        page: include_str!("cross_account_role.md"),
    },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        for action in actions(pipeline).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let (Some(acts), Some(deploys)) = (acting_role(pipeline, action), action.configuration("RoleArn").found())
            else {
                continue;
            };
            let (Some(account), Some(other)) = (of_role(acts), of_role(deploys)) else { continue };
            if account == other {
                continue;
            }
            let message = format!("the action runs in account {account} and cannot pass a role of account {other}");
            let found = Diagnostic::new(&LINT.rule, &deploys.origin.span, message);
            let found = found.related(&acts.origin.span, "the role that the action runs with");
            findings.push(
                found.help(format!("name a role of account {account}, or run the action with a role of {other}")),
            );
        }
    }
}
