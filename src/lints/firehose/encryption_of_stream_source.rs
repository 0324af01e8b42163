use crate::analysis::System;
use crate::analysis::firehose::{deliveries, surely};
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/encryption-of-stream-source",
        level: Level::Error,
        page: include_str!("encryption_of_stream_source.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in deliveries(system) {
        let properties = &site.resource.properties;
        let Some(written) = look(properties, "/DeliveryStreamType").found() else { continue };
        let source = match text(written).as_deref() {
            Some("KinesisStreamAsSource") => "stream",
            Some("MSKAsSource") => "cluster",
            _ => continue,
        };
        let Some(encryption) = surely(properties, "/DeliveryStreamEncryptionConfigurationInput") else { continue };
        let message = format!(
            "a delivery that reads a {source} stores nothing of its own, and Firehose refuses to encrypt it; the \
             {source} is what has to be encrypted"
        );
        findings.push(
            Diagnostic::new(&LINT.rule, encryption.key_span(), message)
                .related(&written.origin.span, "what the delivery reads")
                .help(format!(
                    "remove `DeliveryStreamEncryptionConfigurationInput`, and set the encryption of the {source}"
                )),
        );
    }
}
