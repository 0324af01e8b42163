use crate::analysis::System;
use crate::analysis::value::{items, look, target};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "kms/closed-to-logs", level: Level::Error, page: include_str!("closed_to_logs.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Logs::LogGroup") {
        let Some(key) = look(&site.resource.properties, "/KmsKeyId").found() else { continue };
        let Some(resource) = target(key).and_then(|id| site.stack.resources.get(id)) else { continue };
        if resource.resource_type != "AWS::KMS::Key" {
            continue;
        }
        let Some(statements) = look(&resource.properties, "/KeyPolicy/Statement").found() else { continue };
        let statements = items(statements);
        if statements.is_empty() || statements.into_iter().any(may_be_logs) {
            continue;
        }
        let message = "the key's policy does not let CloudWatch Logs use it, and the log group is refused";
        findings.push(
            Diagnostic::new(&LINT.rule, &key.origin.span, message).related(&resource.origin.span, "the key").help(
                "allow `kms:Encrypt*`, `kms:Decrypt*`, `kms:ReEncrypt*`, `kms:GenerateDataKey*` and `kms:Describe*` to the service `logs.<region>.amazonaws.com` in the key's policy",
            ),
        );
    }
}

/// Whether a statement of the key's policy may speak of CloudWatch Logs; what is not known counts as yes.
fn may_be_logs(statement: &Value) -> bool {
    let Some(principal) = look(statement, "/Principal").found() else { return true };
    let services = match &principal.kind {
        ValueKind::Text(text) => return text == "*",
        ValueKind::Map(_) => look(principal, "/Service"),
        _ => return true,
    };
    if services.is_absent() {
        return false;
    }
    let Some(services) = services.found() else { return true };
    let names = match &services.kind {
        ValueKind::List(_) => items(services),
        _ => vec![services],
    };
    names.into_iter().any(|name| match &name.kind {
        ValueKind::Text(text) | ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => text.starts_with("logs."),
        _ => true,
    })
}
