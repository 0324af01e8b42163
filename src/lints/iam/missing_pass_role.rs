use crate::analysis::System;
use crate::analysis::role::{arn, named};
use crate::analysis::stages::{acting_role, actions};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/missing-pass-role", level: Level::Warning, page: include_str!("missing_pass_role.md") },
    effect: Effect::Run,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        let pipeline = &site.resource.properties;
        for action in actions(pipeline).iter().filter(|action| action.is("Deploy", "CloudFormation")) {
            let (Some(acts), Some(handed)) = (acting_role(pipeline, action), action.configuration("RoleArn").found())
            else {
                continue;
            };
            let (Some(acting), Some(deploying)) = (named(site.stack, acts), named(site.stack, handed)) else {
                continue;
            };
            let wanted = arn::of_resource(site.stack, deploying.site.id);
            if wanted.is_none() || !acting.lacks("iam:PassRole", wanted.as_deref()) {
                continue;
            }
            let (acting, deploying) = (acting.site, deploying.site.id);
            let message = format!("`{}` may not pass `{deploying}` to CloudFormation, and the action fails", acting.id);
            findings.push(
                Diagnostic::new(&LINT.rule, &handed.origin.span, message)
                    .related(&acting.resource.origin.span, "the role that the action runs with")
                    .help(format!(
                        "allow it `iam:PassRole` on the ARN of `{deploying}`, with the condition that \
                         `iam:PassedToService` is `cloudformation.amazonaws.com`"
                    )),
            );
        }
    }
}
