use crate::analysis::System;
use crate::analysis::stages::{rules, text_at};
use crate::analysis::value::{Look, entries, look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule, list, nearest};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/rule-configuration",
        level: Level::Error,
        page: include_str!("rule_configuration.md"),
    },
    effect: Effect::Deployment,
    check,
};

/// The settings that a rule cannot do without.
fn required(provider: &str) -> &'static [&'static str] {
    match provider {
        "CloudWatchAlarm" => &["AlarmName"],
        "CodeBuild" => &["ProjectName"],
        "DeploymentWindow" => &["Cron"],
        "LambdaInvoke" => &["FunctionName"],
        "VariableCheck" => &["Variable", "Value", "Operator"],
        _ => &[],
    }
}

const OPERATORS: [&str; 4] = ["EQ", "NE", "CONTAINS", "MATCHES"];
const STATES: [&str; 3] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for rule in rules(&site.resource.properties) {
            let Some(provider) = text_at(rule, "/RuleTypeId/Provider") else { continue };
            for key in required(&provider) {
                if look(rule, &format!("/Configuration/{key}")).is_absent() {
                    findings.push(missing(rule, &provider, key));
                }
            }
            if provider == "VariableCheck" {
                findings.extend(operator(rule));
            }
            if provider == "CloudWatchAlarm" {
                findings.extend(states(rule));
            }
        }
    }
}

fn missing(rule: &Value, provider: &str, key: &str) -> Diagnostic {
    let message = format!("a rule `{provider}` has no `{key}`, without which it checks nothing");
    let written = look(rule, "/Configuration").found().map(entries).unwrap_or_default();
    let unknown = written.iter().map(|(name, _)| name.as_str()).filter(|name| !required(provider).contains(name));
    let near = unknown.clone().find(|name| nearest(name, [key]).is_some());
    let entry = near.and_then(|near| written.iter().find(|(name, _)| name == near));
    match entry {
        Some((name, value)) => {
            let found = Diagnostic::new(&LINT.rule, value.key_span(), message);
            found.help(format!("write `{key}` instead of `{name}`"))
        }
        None => {
            let place = look(rule, "/Configuration").found().or_else(|| look(rule, "/RuleTypeId/Provider").found());
            let span = place.map_or(&rule.origin.span, Value::key_span);
            Diagnostic::new(&LINT.rule, span, message).help(format!("add `{key}` to the configuration of the rule"))
        }
    }
}

fn operator(rule: &Value) -> Option<Diagnostic> {
    let Look::Found(value) = look(rule, "/Configuration/Operator") else { return None };
    let name = text(value).filter(|name| !OPERATORS.contains(&name.as_ref()) && !name.contains("#{"))?;
    let message = format!("a variable is not checked by the operator `{name}`");
    let help = match nearest(&name, OPERATORS) {
        Some(meant) => format!("write `{meant}`"),
        None => format!("write one of {}", list(OPERATORS)),
    };
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
}

/// The states are one text with commas.
fn states(rule: &Value) -> Option<Diagnostic> {
    let Look::Found(value) = look(rule, "/Configuration/AlarmStates") else { return None };
    let text = text(value).filter(|text| !text.contains("#{"))?;
    let wrong = text.split(',').map(str::trim).find(|state| !STATES.contains(state))?;
    let message = format!("an alarm has no state `{wrong}`");
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(format!("write one of {}", list(STATES))))
}
