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
    let written = text(value).filter(|written| !written.contains('$') && !written.contains("#{"));
    let span = &value.origin.span;
    let name = key.name;
    let found = |what: String, help: String| {
        let message = format!("`{name}` takes {what}, and `{}` is none", shortened(written.as_deref().unwrap_or("")));
        Some(Diagnostic::new(&LINT.rule, span, message).help(help))
    };
    let values = key.values();
    if key.kind() == Kind::Json {
        let fault = json_fault(&text(value)?)?;
        let message = format!("`{name}` takes JSON as a text, and this is none: {fault}");
        return Some(Diagnostic::new(&LINT.rule, span, message).help("mend the JSON"));
    }
    let text = written.as_deref()?;
    match key.kind() {
        Kind::Boolean if !["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            found("`true` or `false`".to_owned(), "write `true` or `false`".to_owned())
        }
        Kind::Number if text.parse::<u64>().is_err() => {
            found("a whole number".to_owned(), "write a whole number of 0 or more".to_owned())
        }
        Kind::Arn if !text.starts_with("arn:") => {
            found("an ARN".to_owned(), "write the ARN, which begins with `arn:`".to_owned())
        }
        Kind::Text if name == "DeployStrategy" && !is_strategy(text) => {
            let help =
                "write `AllAtOnce`, or a text such as `Canary10Percent5Minutes` or `Linear10PercentEvery1Minute`";
            found("a way to shift traffic".to_owned(), help.to_owned())
        }
        Kind::Text if !values.is_empty() && !values.contains(&text) => {
            let near = nearest(text, values.iter().copied());
            let help = near.map_or_else(
                || format!("write one of {}", list(values.iter().copied())),
                |near| format!("write `{near}`"),
            );
            let edits = system.editor(span).zip(near).and_then(|(editor, near)| editor.replace_scalar(span, near));
            let provider = action.provider()?;
            let message = format!("the setting `{name}` of an action `{provider}` takes no `{}`", shortened(text));
            let title = format!("write `{}`", near.unwrap_or_default());
            let found = Diagnostic::new(&LINT.rule, span, message).help(help);
            Some(found.fix(title, Safety::Unsafe, edits.unwrap_or_default()))
        }
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
