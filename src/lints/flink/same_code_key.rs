use crate::analysis::System;
use crate::analysis::value::{alternatives, look};
use crate::desired::{Intrinsic, Value, ValueKind};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "flink/same-code-key", level: Level::Warning, page: include_str!("same_code_key.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for application in system.flink_applications() {
        let Some(location) = application.code_location() else { continue };
        if !look(location, "/ObjectVersion").is_absent() {
            continue;
        }
        let keys = look(location, "/FileKey").found().map(alternatives).unwrap_or_default();
        for value in keys {
            let Some(key) = constant(value).filter(|key| !tells_a_version(key)) else { continue };
            let message = format!(
                "a new build under the same key `{key}` does not change the template, so CloudFormation does not deploy it"
            );
            findings.push(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(
                "put a parameter with the version or digest of the build into `FileKey`, or set `ObjectVersion`",
            ));
        }
    }
}

/// A key that is the same at every deployment of a stack.
fn constant(value: &Value) -> Option<&str> {
    match &value.kind {
        ValueKind::Text(text) if !text.contains("{{resolve:") => Some(text),
        ValueKind::Intrinsic(Intrinsic::Sub(text, names)) if names.is_empty() => {
            text.split("${").skip(1).all(|rest| rest.starts_with("AWS::")).then_some(text)
        }
        _ => None,
    }
}

/// Whether a part of the key looks like a version (`1.4.2`, `v12`), a date or a digest. A `SNAPSHOT` is none of them.
fn tells_a_version(key: &str) -> bool {
    if key.to_uppercase().contains("SNAPSHOT") {
        return false;
    }
    let words = key.split(|symbol: char| !symbol.is_ascii_alphanumeric() && symbol != '.');
    words.into_iter().any(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let is_hexadecimal = |part: &str| part.len() >= 7 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bare = word.trim_start_matches(['v', 'V', 'r']);
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let first = bare.split('.').next().unwrap_or_default();
        digits > 0 && (is_number(first) || word.split('.').any(is_hexadecimal))
    })
}
