use crate::analysis::System;
use crate::analysis::firehose::destinations;
use crate::analysis::value::{look, text};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "firehose/plain-hec-endpoint",
        level: Level::Error,
        page: include_str!("plain_hec_endpoint.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for destination in destinations(system).iter().filter(|it| it.kind == "SplunkDestinationConfiguration") {
        let Some(endpoint) = look(destination.value, "/HECEndpoint").found() else { continue };
        if text(endpoint).is_some_and(|written| !written.starts_with("https://")) {
            let message = "Firehose sends to Splunk over HTTPS alone, and refuses another endpoint";
            findings.push(
                Diagnostic::new(&LINT.rule, &endpoint.origin.span, message)
                    .help("write `https://`, the name of the host, and its port"),
            );
        }
    }
}
