use crate::analysis::System;
use crate::analysis::firehose::{destinations, switched};
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/missing-credentials",
        level: Level::Error,
        page: include_str!("missing_credentials.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// What has to be given when no secret is.
const NEEDED: &[(&str, &[&str])] = &[
    ("RedshiftDestinationConfiguration", &["Username", "Password"]),
    ("SnowflakeDestinationConfiguration", &["User", "PrivateKey"]),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system) {
        let help =
            "set `SecretsManagerConfiguration` with `Enabled: true` and the `SecretARN` of a secret that holds it";
        match switched(destination.value, "/SecretsManagerConfiguration/Enabled", false) {
            None => {}
            Some(true) => {
                let Some(secret) = look(destination.value, "/SecretsManagerConfiguration").found() else { continue };
                if look(secret, "/SecretARN").is_absent() {
                    let message =
                        "the credentials are in a secret that is not named, and Firehose refuses the delivery";
                    findings.push(
                        Diagnostic::new(&LINT.rule, secret.key_span(), message)
                            .help("add the `SecretARN`, or write `Enabled: false`"),
                    );
                }
            }
            Some(false) => {
                let needed = NEEDED.iter().filter(|(kind, _)| *kind == destination.kind).flat_map(|(_, names)| *names);
                let missing = needed.filter(|name| look(destination.value, &format!("/{name}")).is_absent());
                if let Some(name) = missing.into_iter().next() {
                    let message = format!("the destination has no `{name}` and no secret, and Firehose refuses it");
                    findings.push(Diagnostic::new(&LINT.rule, destination.value.key_span(), message).help(help));
                }
            }
        }
    }
}
