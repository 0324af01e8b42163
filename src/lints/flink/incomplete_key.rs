use crate::analysis::System;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/incomplete-key", level: Level::Warning, page: include_str!("incomplete_key.md") },
    effect: Effect::Deployment,
    check,
};

const BLOCK: &str = "/ApplicationEncryptionConfiguration";

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some(encryption) = application.configuration(BLOCK).found() else { continue };
        let Some((kind, value)) = application.text(&format!("/ApplicationConfiguration{BLOCK}/KeyType")).known() else {
            continue;
        };
        let key = look(encryption, "/KeyId");
        match &*kind {
            "CUSTOMER_MANAGED_KEY" if application.configuration(&format!("{BLOCK}/KeyId")).is_absent() => findings
                .push(
                    Diagnostic::new(
                        &LINT.rule,
                        &value.origin.span,
                        "the application is to be encrypted with a key of yours, and no `KeyId` says with which",
                    )
                    .help("add `KeyId` with the ARN of the key, or write `KeyType: AWS_OWNED_KEY`"),
                ),
            "AWS_OWNED_KEY" => findings.extend(key.found().map(|key| {
                Diagnostic::new(
                    &LINT.rule,
                    key.key_span(),
                    "with `AWS_OWNED_KEY` AWS takes a key of its own, so this `KeyId` is refused or ignored",
                )
                .related(&value.origin.span, "the type of the key")
                .help("write `KeyType: CUSTOMER_MANAGED_KEY`, or remove `KeyId`")
            })),
            _ => {}
        }
    }
}
