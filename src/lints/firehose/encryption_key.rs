use crate::analysis::System;
use crate::analysis::firehose::{deliveries, surely};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/encryption-key", level: Level::Error, page: include_str!("encryption_key.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        let Some(encryption) = look(&site.resource.properties, "/DeliveryStreamEncryptionConfigurationInput").found()
        else {
            continue;
        };
        let Some(kind) = look(encryption, "/KeyType").found() else { continue };
        match (text(kind).as_deref(), surely(encryption, "/KeyARN")) {
            (Some("CUSTOMER_MANAGED_CMK"), None) if look(encryption, "/KeyARN").is_absent() => findings.push(
                Diagnostic::new(
                    &LINT.rule,
                    &kind.origin.span,
                    "the delivery is encrypted with a key of yours and names none, which Firehose refuses",
                )
                .help("add the `KeyARN`, or write `KeyType: AWS_OWNED_CMK`"),
            ),
            (Some("AWS_OWNED_CMK"), Some(key)) => findings.push(
                Diagnostic::new(
                    &LINT.rule,
                    key.key_span(),
                    "a delivery that is encrypted with a key of AWS cannot name a key, and Firehose refuses it",
                )
                .related(&kind.origin.span, "whose key it is")
                .help("write `KeyType: CUSTOMER_MANAGED_CMK`, or remove the `KeyARN`"),
            ),
            _ => {}
        }
    }
}
