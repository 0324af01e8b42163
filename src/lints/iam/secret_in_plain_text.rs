use crate::analysis::System;
use crate::analysis::secret::{is_credential, is_secret};
use crate::desired::{Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "secrets/in-plain-text", level: Level::Warning, page: include_str!("secret_in_plain_text.md") },
    effect: Effect::Security,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for stack in &system.desired.stacks {
        for (name, parameter) in &stack.parameters {
            if let Some(default) = &parameter.default
                && default.as_text().is_some_and(|text| is_secret(name, text))
            {
                let message =
                    format!("the default of parameter `{name}` is a secret that everybody reads who reads this file");
                findings.push(finding(
                    default,
                    message,
                    "remove the default, and let the parameter be the name of a secret",
                ));
            }
        }
        for resource in stack.resources.values() {
            search("", &resource.properties, findings);
        }
    }
}

/// Looks at every text below `value`, which stands under `key`, and at pairs of `Name` and `Value`.
fn search(key: &str, value: &Value, findings: &mut Vec<Diagnostic>) {
    match &value.kind {
        ValueKind::List(items) => items.iter().for_each(|item| search(key, item, findings)),
        ValueKind::Map(entries) => {
            let name = value.get("Name").and_then(Value::as_text).filter(|_| is_plain_pair(value));
            for (key, value) in entries {
                search(name.filter(|_| key == "Value").unwrap_or(key), value, findings);
            }
        }
        // `Secret` and `Token` of a resource's own properties may be anything: there the form alone counts.
        ValueKind::Text(text) if is_credential(text) || (is_named_by_user(key) && is_secret(key, text)) => {
            let message =
                format!("`{key}` is a secret that everybody reads who reads this file, the stack or its history");
            findings.push(finding(
                value,
                message,
                "keep it in Secrets Manager and write `{{resolve:secretsmanager:name}}`, or read it when the program starts",
            ));
        }
        _ => {}
    }
}

/// A variable of CodeBuild or of a container whose value is used as it stands.
fn is_plain_pair(map: &Value) -> bool {
    map.get("Type").and_then(Value::as_text).is_none_or(|kind| kind == "PLAINTEXT")
}

/// Keys in capitals or with a separator are variables, and the password properties of databases hold passwords.
fn is_named_by_user(key: &str) -> bool {
    let is_variable = key.contains(['_', '-', '.']) || key.chars().all(|c| !c.is_ascii_lowercase());
    is_variable || key.ends_with("Password") || key.chars().next().is_some_and(|c| c.is_ascii_lowercase())
}

fn finding(value: &Value, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(&LINT.rule, &value.origin.span, message).label("written out").help(help)
}
