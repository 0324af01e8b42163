use crate::analysis::System;
use crate::analysis::value::{boolean, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "opensearch/fine-grained-access-without-encryption",
        level: Level::Error,
        page: include_str!("fine_grained_access_without_encryption.md"),
    },
    effect: Effect::Deployment,
    check,
};

const NEEDED: &[(&str, &str)] = &[
    ("/NodeToNodeEncryptionOptions/Enabled", "NodeToNodeEncryptionOptions: {Enabled: true}"),
    ("/EncryptionAtRestOptions/Enabled", "EncryptionAtRestOptions: {Enabled: true}"),
    ("/DomainEndpointOptions/EnforceHTTPS", "DomainEndpointOptions: {EnforceHTTPS: true}"),
];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::OpenSearchService::Domain") {
        let properties = &site.resource.properties;
        let Some(enabled) = look(properties, "/AdvancedSecurityOptions/Enabled").found() else { continue };
        if boolean(enabled) != Some(true) {
            continue;
        }
        let lacks = |pointer: &str| {
            let it = look(properties, pointer);
            it.is_absent() || it.found().and_then(boolean) == Some(false)
        };
        let missing: Vec<&str> = NEEDED.iter().filter(|(pointer, _)| lacks(pointer)).map(|(_, text)| *text).collect();
        if !missing.is_empty() {
            let message = "fine-grained access control needs encryption between nodes, at rest and of every request, and OpenSearch Service refuses the domain without";
            let lines: Vec<String> = missing.iter().map(|text| format!("`{text}`")).collect();
            findings.push(
                Diagnostic::new(&LINT.rule, &enabled.origin.span, message).help(format!("add {}", lines.join(" and "))),
            );
        }
    }
}
