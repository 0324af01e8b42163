use super::periods::periods;
use crate::analysis::System;
use crate::analysis::value::{integer, look};
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "alarms/span", level: Level::Error, page: include_str!("span.md") },
    effect: Effect::Deployment,
    check,
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for site in system.of_type("AWS::CloudWatch::Alarm") {
        let properties = &site.resource.properties;
        let Some(count) = look(properties, "/EvaluationPeriods").found() else { continue };
        let Some(evaluated) = integer(count) else { continue };
        let periods = periods(properties);
        // Metrics of different periods, or of one that is not known, make a period that is not known.
        let Some((&period, others)) = periods.split_first() else { continue };
        let Some(seconds) = integer(period) else { continue };
        if others.iter().any(|other| integer(other) != Some(seconds)) {
            continue;
        }
        let (most, name) = if seconds < HOUR { (DAY, "a day") } else { (7 * DAY, "seven days") };
        if seconds.saturating_mul(evaluated) > most {
            let message = format!(
                "{evaluated} periods of {seconds} seconds are longer than {name}, and CloudWatch refuses the alarm"
            );
            let help = match most / seconds.max(1) {
                fitting if seconds < HOUR => {
                    format!("look at {fitting} periods at most, or at periods of an hour, of which there may be 168")
                }
                fitting => format!("look at {fitting} periods at most"),
            };
            findings.push(
                Diagnostic::new(&LINT.rule, &count.origin.span, message)
                    .related(&period.origin.span, "their length")
                    .help(help),
            );
        }
    }
}
