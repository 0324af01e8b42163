use super::subscriptions::subscriptions;
use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sns/missing-subscription-role",
        level: Level::Error,
        page: include_str!("missing_subscription_role.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for subscription in subscriptions(system).into_iter().filter(|subscription| !subscription.site.stack.open) {
        let is_delivery_stream = subscription.protocol_name().as_deref() == Some("firehose");
        if is_delivery_stream && look(subscription.holder, "/SubscriptionRoleArn").is_absent() {
            let message = "a subscription of a delivery stream has a role that writes to it, \
                           and SNS refuses one without";
            let help = match subscription.site.resource.resource_type.as_str() {
                "AWS::SNS::Topic" => "make it an `AWS::SNS::Subscription` with `SubscriptionRoleArn`",
                _ => "add `SubscriptionRoleArn`, a role that SNS may assume and that may `firehose:PutRecord`",
            };
            findings.push(Diagnostic::new(&LINT.rule, &subscription.protocol.origin.span, message).help(help));
        }
    }
}
