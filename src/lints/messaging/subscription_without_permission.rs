use crate::analysis::System;
use crate::analysis::permission::{SNS, missing};
use crate::analysis::role::arn::text_of;
use crate::analysis::role::places;
use crate::analysis::value::text_at;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "sns/subscription-without-permission",
        level: Level::Warning,
        page: include_str!("subscription_without_permission.md"),
    },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::SNS::Subscription") {
        let Some(protocol) = text_at(&site.resource.properties, "/Protocol") else { continue };
        for receiver in places(&site.resource.properties, "/Endpoint") {
            // An endpoint that does not fit the protocol is another's to find.
            if text_of(site.stack, receiver).split(':').nth(2) != Some(&*protocol) {
                continue;
            }
            let Some((missing, help)) = missing(site, receiver, SNS) else { continue };
            let message = format!("the subscription gets no messages, and nobody is told: {missing}");
            findings.push(Diagnostic::new(&LINT.rule, &receiver.origin.span, message).help(help));
        }
    }
}
