use super::subscriptions::subscriptions;
use crate::analysis::System;
use crate::analysis::value::{boolean, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "sns/raw-delivery", level: Level::Error, page: include_str!("raw_delivery.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for subscription in subscriptions(system) {
        let Some(protocol) = subscription.protocol_name() else { continue };
        let Some(raw) = look(subscription.holder, "/RawMessageDelivery").found() else { continue };
        let is_wrapped = matches!(protocol.as_ref(), "application" | "email" | "email-json" | "lambda" | "sms");
        if is_wrapped && boolean(raw) == Some(true) {
            let message = format!("the protocol `{protocol}` has no raw delivery, and SNS refuses the subscription");
            findings.push(
                Diagnostic::new(&LINT.rule, raw.key_span(), message)
                    .related(&subscription.protocol.origin.span, "the protocol")
                    .help("remove `RawMessageDelivery`"),
            );
        }
    }
}
