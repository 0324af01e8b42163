use super::words::place;
use crate::analysis::System;
use crate::analysis::conform::Fault;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "resource/unknown-value", level: Level::Error, page: include_str!("unknown_value.md") },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for violation in system.violations() {
        let Fault::UnknownValue { value, shape } = &violation.fault else { continue };
        let known = || shape.values.iter().map(String::as_str);
        let message = format!("{} takes no `{value}`, so the deployment fails", place(violation));
        let near = nearest(value, known()).filter(|near| is_meant(near, value));
        let edits = near.and_then(|near| system.editor(violation.span)?.replace_scalar(violation.span, near));
        let help = match near {
            Some(near) => format!("write `{near}`; the values are {}", list(known())),
            None => format!("write one of {}", list(known())),
        };
        findings.push(Diagnostic::new(&LINT.rule, violation.span, message).help(help).fix(
            format!("write `{}`", near.unwrap_or_default()),
            Safety::Unsafe,
            edits.unwrap_or_default(),
        ));
    }
}

/// What differs in nothing but digits is another version or size, which nobody mistypes.
fn is_meant(near: &str, value: &str) -> bool {
    let letters = |text: &str| text.replace(|character: char| character.is_ascii_digit(), "");
    near.eq_ignore_ascii_case(value) || !letters(near).eq_ignore_ascii_case(&letters(value))
}
