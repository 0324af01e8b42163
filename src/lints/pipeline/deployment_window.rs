use crate::analysis::System;
use crate::analysis::quartz;
use crate::analysis::stages::{rules, text_at};
use crate::analysis::value::{look, text};
use crate::desired::Value;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "pipeline/deployment-window",
        level: Level::Warning,
        page: include_str!("deployment_window.md"),
    },
    effect: Effect::Run,
    check,
};

/// Codes that stand for several zones.
const SHARED: &[&str] = &["AMT", "AST", "BST", "CDT", "CST", "ECT", "GST", "IST", "PST", "SST", "WST"];

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CodePipeline::Pipeline") {
        for rule in rules(&site.resource.properties) {
            if text_at(rule, "/RuleTypeId/Provider").as_deref() == Some("DeploymentWindow") {
                findings.extend(look(rule, "/Configuration/Cron").found().and_then(cron));
                findings.extend(look(rule, "/Configuration/TimeZone").found().and_then(zone));
            }
        }
    }
}

fn cron(value: &Value) -> Option<Diagnostic> {
    let expression = text(value).filter(|expression| !expression.contains("#{"))?;
    let fault = quartz::fault(&expression)?;
    let message = format!("`{expression}` is no Quartz cron expression: {fault}");
    let help = "write seconds, minutes, hours, day, month and weekday, e.g. `* * 9-17 ? * MON-FRI`";
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
}

fn zone(value: &Value) -> Option<Diagnostic> {
    let name = text(value).filter(|name| !name.contains("#{"))?;
    let help = "write the zone by its place, e.g. `Europe/Berlin`, or as `UTC+01:00`";
    let message = match () {
        () if SHARED.contains(&name.as_ref()) => format!("`{name}` stands for several time zones"),
        () if is_zone(&name) => return None,
        () => format!("`{name}` is no time zone"),
    };
    Some(Diagnostic::new(&LINT.rule, &value.origin.span, message).help(help))
}

/// `Europe/Berlin`, `UTC+01:00`, or a code of three to five letters.
fn is_zone(name: &str) -> bool {
    let code = (3..=5).contains(&name.len()) && name.bytes().all(|letter| letter.is_ascii_alphanumeric());
    let offset = name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT")).is_some_and(|offset| {
        let digits = offset.strip_prefix(['+', '-', '±']).unwrap_or_default();
        let fits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
        digits.split_once(':').map_or_else(|| fits(digits), |(hours, minutes)| fits(hours) && fits(minutes))
    });
    code || offset || name.contains('/')
}
