use crate::analysis::System;
use crate::analysis::stages::{Action, actions, json_fault};
use crate::analysis::value::{entries, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, Safety, list, nearest};
use crate::facts::actions::{ActionType, Key, Kind};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/unknown-action-value",
        level: Level::Warning,
        page: include_str!("unknown_action_value.md"),
    },
    effect: Effect::Deployment,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for action in actions(&site.resource.properties) {
            let Some(known) = action.facts().filter(|known| !has_own_lints(known)) else { continue };
            let configuration = look(action.value, "/Configuration").found().map(entries).unwrap_or_default();
            for (name, value) in configuration {
                let Some(key) = known.key(name) else { continue };
                findings.extend(unknown(system, &action, key, value));
            }
        }
    }
}

/// What a stack and an approval take is looked at elsewhere.
fn has_own_lints(known: &ActionType) -> bool {
    ["CloudFormation", "Manual"].contains(&known.provider())
}

fn unknown(system: &System<'_>, action: &Action<'_>, key: Key, value: &Value) -> Option<Diagnostic> {
    // What a script or an execution fills in is not known.
    let text = text(value).filter(|text| !text.starts_with('$') && !text.contains("${"))?;
    let (span, name) = (&value.origin.span, key.name);
    if key.kind() == Kind::Json {
        let message = format!("`{name}` takes JSON as a text, and this is none: {}", json_fault(&text)?);
        return Some(Diagnostic::new(&LINT.rule, span, message).help("mend the JSON"));
    }
    if text.contains("#{") {
        return None;
    }
    if let Some((what, help)) = form(key, &text) {
        let message = format!("`{name}` takes {what}, and `{}` is none", shortened(&text));
        return Some(Diagnostic::new(&LINT.rule, span, message).help(help));
    }
    let values = key.values();
    if values.is_empty() || values.contains(&text.as_ref()) {
        return None;
    }
    let message = format!("the setting `{name}` of an action `{}` takes no `{}`", action.provider()?, shortened(&text));
    let found = Diagnostic::new(&LINT.rule, span, message);
    let Some(near) = nearest(&text, values.iter().copied()) else {
        return Some(found.help(format!("write one of {}", list(values))));
    };
    let edits = system.editor(span).and_then(|editor| editor.replace_scalar(span, near));
    let help = format!("write `{near}`");
    Some(found.help(help.clone()).fix(help, Safety::Unsafe, edits.unwrap_or_default()))
}

/// What a setting takes and what to write, when a text has not the form of it.
fn form(key: Key, text: &str) -> Option<(&'static str, &'static str)> {
    let is_boolean = || ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    match key.kind() {
        Kind::Boolean if !is_boolean() => Some(("`true` or `false`", "write `true` or `false`")),
        Kind::Number if text.parse::<u64>().is_err() => Some(("a whole number", "write a whole number of 0 or more")),
        Kind::Arn if !text.starts_with("arn:") => Some(("an ARN", "write the ARN, which begins with `arn:`")),
        Kind::Text if key.name == "DeployStrategy" && !is_strategy(text) => Some((
            "a way to shift traffic",
            "write `AllAtOnce`, or a text such as `Canary10Percent5Minutes` or `Linear10PercentEvery1Minute`",
        )),
        _ => None,
    }
}

/// `AllAtOnce`, `Canary10Percent5Minutes` or `Linear10PercentEvery1Minute` (User Guide, Lambda deploy action reference).
fn is_strategy(text: &str) -> bool {
    let shifts = |prefix: &str, middle: &str| {
        let parts = text.strip_prefix(prefix).and_then(|rest| rest.split_once(middle));
        parts.is_some_and(|(percent, wait)| {
            let minutes = wait.strip_suffix("Minutes").or_else(|| wait.strip_suffix("Minute"));
            percent.parse::<u8>().is_ok() && minutes.is_some_and(|minutes| minutes.parse::<u16>().is_ok())
        })
    };
    text == "AllAtOnce" || shifts("Canary", "Percent") || shifts("Linear", "PercentEvery")
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
