use crate::analysis::System;
use crate::analysis::value::{boolean, look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "msk/authentication-without-encryption",
        level: Level::Error,
        page: include_str!("authentication_without_encryption.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::MSK::Cluster") {
        let properties = &site.resource.properties;
        let Some(transit) = look(properties, "/EncryptionInfo/EncryptionInTransit/ClientBroker").found() else {
            continue;
        };
        if text(transit).as_deref() != Some("PLAINTEXT") {
            continue;
        }
        for (method, pointer) in [
            ("SCRAM", "/ClientAuthentication/Sasl/Scram/Enabled"),
            ("IAM", "/ClientAuthentication/Sasl/Iam/Enabled"),
            ("TLS", "/ClientAuthentication/Tls/Enabled"),
        ] {
            let Some(enabled) = look(properties, pointer).found() else { continue };
            if boolean(enabled) == Some(true) {
                let message = format!(
                    "clients that sign in with {method} need an encrypted connection, and the cluster takes plain text alone"
                );
                findings.push(
                    Diagnostic::new(&LINT.rule, &transit.origin.span, message)
                        .related(&enabled.origin.span, format!("{method} is on"))
                        .help("write `ClientBroker: TLS`"),
                );
            }
        }
    }
}
