use crate::analysis::System;
use crate::analysis::firehose::{locations, surely};
use crate::analysis::value::look;
use crate::desired::ValueKind;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "firehose/object-encryption", level: Level::Error, page: include_str!("object_encryption.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for location in locations(system) {
        let Some(encryption) = look(location.value, "/EncryptionConfiguration").found() else { continue };
        let [key, none] = ["/KMSEncryptionConfig", "/NoEncryptionConfig"];
        if let (Some(key), Some(none)) = (surely(encryption, key), surely(encryption, none)) {
            let message =
                "a key for the objects is named and encryption is declined, and Firehose accepts one of the two";
            findings.push(
                Diagnostic::new(&LINT.rule, none.key_span(), message)
                    .related(key.key_span(), "the key")
                    .help("remove `NoEncryptionConfig`"),
            );
        } else if matches!(encryption.kind, ValueKind::Map(_))
            && look(encryption, key).is_absent()
            && look(encryption, none).is_absent()
        {
            let message = "the encryption of the objects is neither chosen nor declined, and Firehose refuses it so";
            findings.push(
                Diagnostic::new(&LINT.rule, encryption.key_span(), message)
                    .help("name a key in `KMSEncryptionConfig`, or remove `EncryptionConfiguration`"),
            );
        }
    }
}
