use crate::analysis::System;
use crate::analysis::value::{Look, look, text};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule, list};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "lambda/missing-handler", level: Level::Error, page: include_str!("missing_handler.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::Lambda::Function").filter(|site| !site.stack.open) {
        let properties = &site.resource.properties;
        if !is_archive(properties) {
            continue;
        }
        let missing =
            ["Handler", "Runtime"].into_iter().filter(|name| look(properties, &format!("/{name}")).is_absent());
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            continue;
        }
        let names = list(missing.iter().copied());
        let message =
            format!("the code of `{}` is an archive, and without {names} Lambda refuses the function", site.id);
        findings.push(
            Diagnostic::new(&LINT.rule, &site.resource.origin.span, message)
                .help(format!("add {names}, or write `PackageType: Image` for code that is a container image")),
        );
    }
}

/// Whether the code is surely no container image.
fn is_archive(properties: &Value) -> bool {
    let packaged = match look(properties, "/PackageType") {
        Look::Absent => true,
        Look::Found(value) => text(value).as_deref() == Some("Zip"),
        Look::Unknown => false,
    };
    let Some(code) = look(properties, "/Code").found() else { return false };
    let found = |pointer| look(code, pointer).found().is_some();
    packaged
        && match &code.kind {
            ValueKind::Map(_) => (found("/ZipFile") || found("/S3Key")) && look(code, "/ImageUri").is_absent(),
            _ => false,
        }
}
