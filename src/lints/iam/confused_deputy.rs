use crate::analysis::System;
use crate::analysis::role::{Holder, documents};
use crate::analysis::value::{look, text_at};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "iam/confused-deputy", level: Level::Info, page: include_str!("confused_deputy.md") },
    effect: Effect::Security,
    check,
};

/// The services that act for whoever has set them up and say for whom.
///
/// Source: IAM User Guide, the confused deputy problem; user guides of SNS and SQS (2026-04).
const DEPUTIES: &[&str] = &["s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for document in documents(system).into_iter().filter(|document| document.holder == Holder::Resource) {
        if !matches!(document.site.resource.resource_type.as_str(), "AWS::SNS::TopicPolicy" | "AWS::SQS::QueuePolicy") {
            continue;
        }
        for statement in document.statements() {
            if statement.allows != Some(true) || !look(statement.value, "/Condition").is_absent() {
                continue;
            }
            let Some(service) = text_at(statement.value, "/Principal/Service") else { continue };
            let Some(principal) = look(statement.value, "/Principal/Service").found() else { continue };
            if !DEPUTIES.contains(&service.as_ref()) {
                continue;
            }
            let message = format!("`{service}` may send here for anybody, also for somebody of another account");
            findings.push(Diagnostic::new(&LINT.rule, &principal.origin.span, message).help(
                "add a condition on `aws:SourceArn` or `aws:SourceAccount` that names what you expect messages from",
            ));
        }
    }
}
